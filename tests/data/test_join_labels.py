"""The join against one written packet by packet, and its choices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pclip.data import LabelJoiner, LabelledFlows, estimate_clock_offset, join_flow_labels
from pclip.errors import PclipError
from pclip.packets import PacketTable, read_capture
from tests.made_captures import T0, ip, port_unreachable, tcp, udp, write_capture

S = 10**9
A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def address(text: str) -> bytes:
    return bytes(10) + b"\xff\xff" + bytes(map(int, text.split(".")))


def flows_of(*rows: tuple, resolution_s: float = 0, names=("Benign", "Bad", "Worse")):
    """Rows: source, port, destination, port, protocol, start and duration in seconds, label."""
    column = list(zip(*rows, strict=True))
    m = len(rows)
    return LabelledFlows(
        source_address=np.frombuffer(b"".join(map(address, column[0])), np.uint8).reshape(m, 16),
        destination_address=np.frombuffer(b"".join(map(address, column[2])), np.uint8).reshape(
            m, 16
        ),
        source_port=np.array(column[1], np.int32),
        destination_port=np.array(column[3], np.int32),
        protocol=np.array(column[4], np.uint8),
        start_ns=np.array([round((T0 + start) * S) for start in column[5]], np.int64),
        resolution_ns=np.full(m, round(resolution_s * S), np.int64),
        duration_ns=np.array([round(d * S) for d in column[6]], np.int64),
        label=np.array([names.index(name) for name in column[7]], np.int16),
        file=np.zeros(m, np.int16),
        line=np.arange(2, m + 2, dtype=np.int32),
        label_names=names,
        files=("flows.csv",),
    )


def capture(tmp_path, *packets: tuple[float, bytes]) -> PacketTable:
    write_capture(tmp_path / "a.pcap", packets)
    return read_capture(tmp_path / "a.pcap")


def names_of(joined) -> list[str]:
    return [joined.label_names[n] if n >= 0 else "-" for n in joined.labels]


WEB = (A, 5000, B, 80, 6)


def web(seconds: float, there: bool = True) -> tuple[float, bytes]:
    if there:
        return seconds, ip(A, B, 6, tcp(5000, 80))
    return seconds, ip(B, A, 6, tcp(80, 5000))


def test_either_way_and_within_the_flow(tmp_path):
    packets = capture(
        tmp_path, web(8.9), web(9), web(10), web(14, False), web(15), web(15.1),
        (12, ip(A, B, 6, tcp(5001, 80))), (12, ip(A, B, 17, udp(5000, 80))),
        (12, ip(A, C, 6, tcp(5000, 80))),
    )  # fmt: skip
    joined = join_flow_labels(packets, flows_of((*WEB, 10, 4, "Bad")))
    assert names_of(joined) == ["Benign", *["Bad"] * 4, *["Benign"] * 4]
    assert joined.flow.tolist() == [-1, 0, 0, 0, 0, -1, -1, -1, -1]
    dropped = join_flow_labels(packets, flows_of((*WEB, 10, 4, "Bad")), unmatched="drop")
    assert names_of(dropped) == ["-", *["Bad"] * 4, *["-"] * 4]
    tight = join_flow_labels(packets, flows_of((*WEB, 10, 4, "Bad")), tolerance_s=0)
    assert names_of(tight)[:6] == ["Benign", "Benign", "Bad", "Bad", "Benign", "Benign"]
    coarse = flows_of((*WEB, 10, 4, "Bad"), resolution_s=60)
    assert names_of(join_flow_labels(packets, coarse))[5] == "Bad"


def test_benign_is_added_where_no_flow_is(tmp_path):
    packets = capture(tmp_path, web(1), web(100))
    flows = flows_of((*WEB, 0, 4, "Bad"), names=("Bad",))
    assert names_of(join_flow_labels(packets, flows)) == ["Bad", "Benign"]
    assert join_flow_labels(packets, flows, unmatched="drop").label_names == ("Bad",)


def test_protocols_without_ports_go_by_addresses(tmp_path):
    echo, report = b"\x08\0\0\0\0\0\0\0", b"\x11\0\0\0\0\0\0\0"
    packets = capture(
        tmp_path, (1, ip(A, B, 1, echo)), (1, ip(B, A, 1, echo)), (1, ip(A, C, 1, echo)),
        (1, ip(A, C, 2, report)), web(1),
    )  # fmt: skip
    # ICMP with type and code as ports; then, for the other pair, a protocol unknown to the tool.
    flows = flows_of((A, 8, B, 0, 1, 0, 2, "Bad"), (A, 0, C, 0, 0, 0, 2, "Worse"))
    assert names_of(join_flow_labels(packets, flows)) == ["Bad", "Bad", "Worse", "Worse", "Benign"]


def test_later_fragments_go_by_addresses_and_protocol(tmp_path):
    fragment = bytearray(ip(A, B, 6, b"rest"))
    fragment[6:8] = b"\x00\x07"
    packets = capture(tmp_path, (1, bytes(fragment)))
    assert names_of(join_flow_labels(packets, flows_of((*WEB, 0, 2, "Bad")))) == ["Bad"]
    udp_only = flows_of((A, 5000, B, 80, 17, 0, 2, "Bad"), (A, 0, B, 0, 0, 0, 2, "Worse"))
    assert names_of(join_flow_labels(packets, udp_only)) == ["Benign"]


def test_icmp_errors_as_what_they_quote(tmp_path):
    quoted = ip(A, B, 17, udp(5000, 53))
    packets = capture(tmp_path, (1, ip(B, A, 1, port_unreachable(quoted))))
    flows = flows_of((A, 5000, B, 53, 17, 0, 2, "Bad"))
    assert names_of(join_flow_labels(packets, flows)) == ["Benign"]
    assert names_of(join_flow_labels(packets, flows, icmp_errors="quoted")) == ["Bad"]


def test_ambiguous_packets(tmp_path):
    packets = capture(tmp_path, web(1), web(11), web(19), web(25), web(40))
    flows = flows_of(
        (*WEB, 0, 30, "Benign"), (*WEB, 10, 5, "Bad"), (*WEB, 20, 10, "Worse"), (*WEB, 40, 0, "Bad")
    )
    joined = join_flow_labels(packets, flows)
    # At 19 s the flow at 20 s has not begun, but it is nearer, and within the tolerance.
    assert names_of(joined) == ["Benign", "Bad", "Worse", "Worse", "Bad"]
    assert joined.report.ambiguous == 3
    dropped = join_flow_labels(packets, flows, ambiguous="drop")
    assert names_of(dropped) == ["Benign", "-", "-", "-", "Bad"]
    assert dropped.report.per_label["Worse"] == {"packets": 0, "flows": 1, "flows_matched": 1}
    same = replace(flows, label=np.zeros(4, np.int16))
    assert join_flow_labels(packets, same).report.ambiguous == 0


@pytest.mark.parametrize("seed", range(40))
def test_as_one_packet_and_one_flow_at_a_time(testbed, seed):
    rng = np.random.default_rng(seed)
    n, m, tolerance = int(rng.integers(1, 60)), int(rng.integers(1, 50)), int(rng.integers(0, 5))
    hosts = [A, B, C]
    protocol = rng.choice([6, 17, 1, 47], n)
    ported = np.isin(protocol, [6, 17])
    ends = np.array([list(address(host)) for host in hosts], np.uint8)
    packets = replace(
        testbed.packets.take(np.arange(n)),
        source_address=ends[rng.integers(0, 3, n)],
        destination_address=ends[rng.integers(0, 3, n)],
        source_port=np.where(ported, rng.integers(0, 2, n), -1).astype(np.int32),
        destination_port=np.where(ported, rng.integers(0, 2, n), -1).astype(np.int32),
        protocol=protocol.astype(np.uint8),
        time_ns=(T0 + rng.integers(0, 60, n)) * S,
    )
    flows = flows_of(*(
        (
            hosts[rng.integers(3)], int(rng.integers(2)), hosts[rng.integers(3)],
            int(rng.integers(2)), int(rng.choice([6, 17, 1, 0])), int(rng.integers(60)),
            int(rng.integers(20)), ("Benign", "Bad", "Worse")[rng.integers(3)],
        )
        for _ in range(m)
    ))  # fmt: skip
    joined = join_flow_labels(packets, flows, tolerance_s=tolerance)
    held = np.zeros(m, bool)
    ambiguous = 0
    for i in range(n):
        covers = _covering(packets, flows, i, tolerance * S)
        held[covers] = True
        assert (joined.flow[i] >= 0) == bool(covers)
        if covers:
            away = {k: abs(int(packets.time_ns[i] - flows.start_ns[k])) for k in covers}
            assert away[int(joined.flow[i])] == min(away.values())
            assert joined.labels[i] == flows.label[joined.flow[i]]
        ambiguous += len(set(flows.label[covers].tolist())) > 1
    report = joined.report
    assert (report.flows_matched, report.ambiguous) == (held.sum(), ambiguous)
    assert report.matched + report.unmatched + report.not_ip == n
    # Chunk by chunk it is the same.
    joiner = LabelJoiner(flows, tolerance_s=tolerance)
    parts = [joiner.join(packets.take(rows)) for rows in np.array_split(np.arange(n), 3)]
    np.testing.assert_array_equal(np.concatenate([part[0] for part in parts]), joined.labels)
    assert joiner.report() == report


def _covering(packets: PacketTable, flows: LabelledFlows, i: int, tolerance: int) -> list[int]:
    def ends(table, row, ported):
        return sorted(
            (bytes(address), int(port) if ported else 0)
            for address, port in (
                (table.source_address[row], table.source_port[row]),
                (table.destination_address[row], table.destination_port[row]),
            )
        )

    ported = packets.source_port[i] >= 0
    found: dict[bool, list[int]] = {True: [], False: []}
    for k in range(len(flows)):
        lasts = flows.start_ns[k] + flows.duration_ns[k] + tolerance
        if not flows.start_ns[k] - tolerance <= packets.time_ns[i] <= lasts:
            continue
        if ends(packets, i, ported) == ends(flows, k, ported):
            if packets.protocol[i] == flows.protocol[k]:
                found[True].append(k)
            elif not ported and flows.protocol[k] == 0:
                found[False].append(k)
    return found[True] or found[False]


def test_the_report_counts_and_reads_well(tmp_path):
    arp = bytes(range(28))
    write_capture(tmp_path / "a.pcap", [web(1), web(2), web(50)])
    raw = bytearray((tmp_path / "a.pcap").read_bytes())
    raw += raw[24:40] + bytes(12) + b"\x08\x06" + arp + bytes(12)
    raw[-(16 + 54) + 8 : -(16 + 54) + 12] = (54).to_bytes(4, "little")
    (tmp_path / "a.pcap").write_bytes(raw)
    packets = read_capture(tmp_path / "a.pcap")
    joined = join_flow_labels(packets, flows_of((*WEB, 0, 5, "Bad"), (*WEB, 900, 5, "Worse")))
    report = joined.report
    assert (report.packets, report.matched, report.unmatched, report.not_ip) == (4, 2, 1, 1)
    assert (report.flows, report.flows_matched) == (2, 1)
    lines = report.lines()
    assert lines[0].startswith("4 packets: 2 matched (50.0 %), of which 0 ambiguous")
    assert "2 flows: 1 cover packets, 1 cover none" in lines
    assert any(line.split()[:3] == ["Bad", "2", "packets"] for line in lines)
    assert report.as_dict()["per_label"]["Bad"] == {"packets": 2, "flows": 1, "flows_matched": 1}


def test_no_flows_and_no_packets(tmp_path):
    packets = capture(tmp_path, web(1))
    flows = flows_of((*WEB, 0, 5, "Bad"))
    assert names_of(join_flow_labels(packets, flows.take([]))) == ["Benign"]
    none = join_flow_labels(packets.take([]), flows)
    assert (len(none.labels), none.report.flows_matched) == (0, 0)


@pytest.mark.parametrize(
    "choice",
    [{"ambiguous": "x"}, {"unmatched": "x"}, {"icmp_errors": "x"}, {"day_and_month": "x"},
     {"tolerance_s": -1.0}],
)  # fmt: skip
def test_choices_that_do_not_exist(tmp_path, choice):
    with pytest.raises(ValueError, match=next(iter(choice))):
        join_flow_labels(capture(tmp_path, web(1)), flows_of((*WEB, 0, 5, "Bad")), **choice)


# Offsets.


def many(tmp_path, count: int = 40) -> tuple[PacketTable, LabelledFlows]:
    packets = capture(tmp_path, *((60.0 * i, ip(A, B, 6, tcp(2000 + i, 80))) for i in range(count)))
    rows = [(A, 2000 + i, B, 80, 6, 60 * i, 1, "Bad") for i in range(count)]
    return packets, flows_of(*rows)


@pytest.mark.parametrize("hours", [0, -3, 5.75, 14])
def test_an_offset_is_found(tmp_path, hours):
    packets, flows = many(tmp_path)
    late = replace(flows, start_ns=flows.start_ns + round(hours * 3600) * S)
    found = estimate_clock_offset(packets, late)
    assert (found.offset_s, found.day_and_month) == (-hours * 3600, "as written")
    assert found.covered == found.sampled == 40
    joined = join_flow_labels(packets, late, clock_offset_s=None)
    assert joined.report.matched == 40
    assert joined.report.clock_offset_s == -hours * 3600


def test_exchanged_dates_are_found(tmp_path):
    packets, flows = many(tmp_path)
    # T0 is 15 January 2027, whose day is no month; the 11th is.
    early = 4 * 86_400 * S
    packets = replace(packets, time_ns=packets.time_ns - early)
    flows = replace(flows, start_ns=flows.start_ns - early)
    written = flows.day_and_month_swapped()
    assert not np.array_equal(written.start_ns, flows.start_ns)
    joined = join_flow_labels(packets, written, clock_offset_s=None)
    assert (joined.report.matched, joined.report.reading) == (40, "day and month exchanged")
    given = join_flow_labels(packets, written, day_and_month="swapped")
    assert given.report.matched == 40
    assert join_flow_labels(packets, written).report.matched == 0


def test_an_offset_that_is_not_clear_is_refused(tmp_path):
    packets, flows = many(tmp_path)
    endless = replace(flows, duration_ns=np.full(len(flows), 30 * 86_400 * S))
    with pytest.raises(PclipError, match=r"no clock offset of flows.csv is clearly the best.*give"):
        estimate_clock_offset(packets, endless)
    never = replace(flows, start_ns=flows.start_ns + 20 * 86_400 * S)
    with pytest.raises(PclipError, match="covers 0"):
        estimate_clock_offset(packets, never)
    with pytest.raises(PclipError, match=r"share 3 conversations .*same day"):
        estimate_clock_offset(packets, flows.take(np.arange(3)))


def test_days_that_are_no_months_cannot_be_exchanged(tmp_path):
    packets, flows = many(tmp_path)
    with pytest.raises(PclipError, match=r"flows.csv have days above 12.*as written"):
        join_flow_labels(packets, flows, day_and_month="swapped")
