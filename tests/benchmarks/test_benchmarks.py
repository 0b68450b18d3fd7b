"""The benchmarks compare what they say they compare; nothing here is timed."""

from __future__ import annotations

import dataclasses
import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers, public, read_page
from benchmarks.agreement import disagreements
from benchmarks.peers import Fields, MissingPeerError
from benchmarks.stream import stream_apart
from benchmarks.timing import Contestant, compete, rounded
from benchmarks.traffic import testbed_captures as recorded
from benchmarks.traffic import write_large_capture
from pclip.errors import PclipError
from pclip.packets import CaptureError, PacketTable, read_capture
from tests.packets.conftest import Build
from tests.packets.write_classic import classic_pcap

FRAMES = [Build.zoo()[name] for name in ("tcp", "udp 6", "arp")]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "made.pcap"
    path.write_bytes(classic_pcap(FRAMES, times_ns=[10**9, 5 * 10**9, 2 * 10**9]))
    return path


def as_fields(packets: PacketTable) -> list[Fields]:
    """The columns as a peer would give them."""
    found = []
    for row in range(len(packets)):
        version = int(packets.ip_version[row])
        addresses = [packets.source_address[row], packets.destination_address[row]]
        source, destination = (
            address.tobytes()[{4: 12, 6: 0, 0: 16}[version] :] for address in addresses
        )
        place = packets.offset[row] + packets.network_offset[row]
        stated = struct.unpack_from(">H", packets.buffer, place + (2 if version == 4 else 4))[0]
        found.append(
            Fields(
                packets.time_ns[row] / 1e9,
                int(packets.captured_length[row]),
                version,
                source,
                destination,
                int(packets.protocol[row]),
                int(packets.ttl[row]),
                {4: stated, 6: stated + 40, 0: 0}[version],
                int(packets.source_port[row]),
                int(packets.destination_port[row]),
                int(packets.tcp_flags[row]),
                int(packets.tcp_window[row]),
            )
        )
    return found


def test_same_fields_agree_and_each_other_one_is_seen(made: Path) -> None:
    packets = read_capture(made)
    theirs = as_fields(packets)
    assert disagreements(packets, theirs) == {}
    for name in Fields._fields:
        value = getattr(theirs[0], name)
        other = b"\x01" * 4 if isinstance(value, bytes) else value + 1
        changed = [theirs[0]._replace(**{name: other}), *theirs[1:]]
        (words,) = disagreements(packets, changed)
        assert words.endswith("first in record 0 of made.pcap")
    with pytest.raises(ValueError, match="3 packets by pclip, 2 by dpkt"):
        disagreements(packets, theirs[:2])


def test_dpkt_reads_the_same(made: Path) -> None:
    assert disagreements(read_capture(made), peers.read_dpkt(made)) == {}


def test_the_large_file_repeats_the_recording_at_other_times(made: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.pcap"
    count = write_large_capture([made, made], large, 1000)
    packets, once = read_capture(large), read_capture(made)
    assert len(packets) == count >= 9
    assert count % 3 == 0
    assert large.stat().st_size >= 1000
    assert packets.warnings == ()
    for first in range(0, count, 3):
        rows = slice(first, first + 3)
        assert np.array_equal(packets.source_port[rows], once.source_port)
        times, spans = packets.time_ns[rows], np.ptp(once.time_ns)
        assert 0.79 * spans < np.ptp(times) < 1.21 * spans
        if first:
            assert times.min() > packets.time_ns[first - 3 : first].max()
    gaps = np.diff(packets.time_ns.reshape(-1, 3), axis=1)
    assert len(np.unique(gaps[:, 0])) == len(gaps)


def test_the_large_file_is_made_of_whole_plain_captures(made: Path, tmp_path: Path) -> None:
    content = made.read_bytes()
    for wrong in (content[:-1], content[:30], classic_pcap(FRAMES, nano=True)):
        made.write_bytes(wrong)
        with pytest.raises(CaptureError, match=r"made\.pcap"):
            write_large_capture([made], tmp_path / "large.pcap", 100)


def test_the_recording_is_there(tmp_path: Path) -> None:
    paths = recorded(tmp_path)
    assert len(paths) == 12
    assert all(path.read_bytes()[:4] == b"\xd4\xc3\xb2\xa1" for path in paths)


def test_a_missing_peer_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingPeerError, match=r"no_such_peer is not installed: pip install"):
        peers._module("no_such_peer")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingPeerError, match="tshark is not installed: apt-get"):
        peers.read_tshark(Path("x"))
    assert "capinfos is not installed" in public.capinfos(Path("x"))[1]


@pytest.mark.parametrize(
    ("rate", "said"), [(50.0, "2.0 x slower"), (200.0, "2.0 x faster"), (99.9, "as fast")]
)
def test_a_rate_beside_the_first_is_slower_or_faster(rate, said) -> None:
    apart = [
        Contestant(name, lambda: 10, packets=10, seconds=[10 / r])
        for name, r in (("a", 100.0), ("b", rate))
    ]
    assert said in read_page._rates(apart)


def test_turns_and_rates() -> None:
    order: list[str] = []

    def work(name: str) -> int:
        order.append(name)
        return 1000

    often = Contestant("often", lambda: work("often"), 3)
    seldom = Contestant("seldom", lambda: work("seldom"), 1)
    compete([often, seldom], "x")
    assert order == ["often", "seldom", "often", "seldom", "often", "often"]
    assert (len(often.seconds), len(seldom.seconds)) == (3, 1)
    often.seconds = [1.0, 4.0, 2.0]
    assert often.rate == 500
    assert often.spread == "250 to 1,000"
    assert rounded(1_234_567) == "1,230,000"


def contestant(name: str, rate: float) -> Contestant:
    return Contestant(name, lambda: 0, 1, 10**6, [10**6 / rate])


def test_the_page_says_what_was_met_and_missed() -> None:
    ours = ("pclip, chunk by chunk", "pclip, in one piece")
    fast = [contestant(ours[0], 3e6), contestant(ours[1], 2e6)]
    stream = {"packets": 9, "flows": 2, "evicted": 0, "seconds": 1.0}
    found = {
        "large bytes": 10**9,
        "small": [*fast, contestant("dpkt", 1e5)],
        "large": fast,
        "agreement": {"packets": 3, "differences": {"time, first in record 0 of x": 2}},
        "streams": {1: stream | {"peak_bytes": 4e8}, 4: stream | {"peak_bytes": 6e8}},
        "flows": [contestant(ours[0], 2e6), contestant(ours[1], 1e6), contestant("NFStream", 3e5)],
        "flow counts": {ours[0]: (7, 1_000_000), "NFStream": (6, 999_000)},
        "tokens": [contestant("identity_free", 5e5)],
        "missing": {"scapy is not installed: pip"},
    }
    page = read_page.write(found, "read.svg")
    assert "| read + headers, the testbed, chunk by chunk | >= 25 x dpkt | 30.0 x | met |" in page
    assert "| read + headers, the testbed, in one piece | >= 25 x dpkt | 20.0 x | missed |" in page
    assert "chunk by chunk | >= 300 x scapy | not measured |  |" in page
    assert "| tokens of a million packets | < 3 s | 2.00 s | met |" in page
    assert "| flow table, chunk by chunk | >= 5 x NFStream | 6.7 x | met |" in page
    assert "| flow table, in one piece | >= 5 x NFStream | 3.3 x | missed |" in page
    assert "| peak memory, the large file 1 x | < 500 MB | 400 MB | met |" in page
    assert "| peak memory, the large file 4 x | < 500 MB | 600 MB | missed |" in page
    assert "| NFStream | 6 | 999,000 |" in page
    assert "Not measured: scapy is not installed: pip." in page
    assert "- time, first in record 0 of x: 2" in page


def test_the_stream_counts_everything_in_its_own_process(made: Path) -> None:
    result = stream_apart([made, made])
    assert (result["packets"], result["flows"], result["evicted"]) == (6, 4, 0)
    assert result["peak_bytes"] > 10**7
    assert json.dumps(result)


def test_a_differing_number_of_records_is_listed(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = public.Seen()
    for theirs in ((3, ""), (4, "it is odd"), (None, "cannot")):
        monkeypatch.setattr(public, "capinfos", lambda path, theirs=theirs: theirs)
        public.look(made, "made.pcap", seen)
    assert (seen.files, seen.packets, seen.compared) == (3, 9, 2)
    assert seen.differences == [
        "made.pcap: 3 here, 4 by capinfos it is odd",
        "made.pcap: 3 here, capinfos cannot read it: cannot",
    ]
    page = public.report({"one": seen})
    assert seen.differences[0] in page
    assert "| one | 3 | 9 | 6 | 0 |" in page
    assert "1 of 3 |" in page
    (made.parent / "no.txt").write_text("hello")
    public.look(made.parent / "no.txt", "no.txt", seen)
    assert "no.txt: it starts with bytes 68 65 6c 6c" in seen.others[0]
    assert dataclasses.asdict(seen)["files"] == 3


def test_a_folder_without_archives_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=r"no tar\.xz archive"):
        public.archives(tmp_path)
