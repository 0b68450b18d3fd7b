"""The page of the reading benchmark."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.machine import machine, table, today
from benchmarks.peers import peer_versions
from benchmarks.timing import Contestant, rounded

DPKT_TIMES, SCAPY_TIMES, NFSTREAM_TIMES = 25, 300, 5
TOKEN_SECONDS = 3.0
PEAK_BYTES = 500 * 10**6
MILLION = 10**6
NOT_MEASURED = "not measured"


def write(found: dict[str, Any], figure: str) -> str:
    """Markdown of all measurements, as `benchmarks.read.measure` gives them."""
    page = [
        "# Reading captures",
        "",
        "Made by `python -m benchmarks.read`; change that, not this page.",
        "",
        f"{machine()}. Peers: {', '.join(peer_versions())}. {today()}.",
        "",
        "One contestant at a time, one repetition of each in turn, medians, warm file cache. pclip "
        "computes in one process, on one core. Everyone reads each record with its time and "
        "lengths and takes out IP version, addresses, protocol, TTL, ports, TCP flags and window; "
        "IP length, which pclip has as the place where the packet ends, is a field of the others. "
        "Slow peers get the first packets only, as many as the table says; their rate is per "
        "packet. tshark is a program and starts once a file, which is in its time.",
        "",
        *[f"Not measured: {line}." for line in sorted(found["missing"])],
        f"![Packets per second on the large file]({figure})",
        "",
        "## Targets",
        "",
        table(["what", "target", "measured", ""], _targets(found)),
        "",
        "## Read and header columns",
        "",
        "The testbed's captures:",
        "",
        _rates(found["small"]),
        "",
        f"One file of {found['large bytes'] / MILLION:,.0f} MB, the testbed's recording repeated "
        "with shifted times and varied speed:",
        "",
        _rates(found["large"]),
        "",
        "## Same fields",
        "",
        *_agreement(found["agreement"]),
        "",
        "## Tokens",
        "",
        _rates(found["tokens"], "byte policy", versus=False),
        "",
        "## Flow table",
        "",
        "From a file to flows, reading included, idle timeout 60 s. NFStream runs without payload "
        "inspection, with its statistics and with as many processes as it chooses, which on two "
        "cores is one that reads and one that meters. Chunk by chunk is `FlowTracker`, in one "
        "piece `flow_table`; the columns are compared in `flows.md`. Everyone's rate is of all "
        "packets of the file, those that take part in no flow included.",
        "",
        table(["reader", "flows", "packets in them"], _flow_counts(found["flow counts"])),
        "",
        _rates(found["flows"]),
        "",
        "## Memory of the streaming path",
        "",
        "`iter_captures`, `bigram_tokens` and `FlowTracker` over the large file, once and several "
        "times in a row, each in a process of its own:",
        "",
        _streams(found["streams"]),
        "",
    ]
    return "\n".join(page)


def _targets(found: dict[str, Any]) -> list[list[str]]:
    rows = []
    for name, times in (("dpkt", DPKT_TIMES), ("scapy", SCAPY_TIMES)):
        for files, words in (("small", "the testbed"), ("large", "the large file")):
            for way in ("chunk by chunk", "in one piece"):
                ratio = _ratio(found[files], f"pclip, {way}", name)
                rows.append(_ratio_row(f"read + headers, {words}, {way}", name, times, ratio))
    default = found["tokens"][0]
    seconds = statistics.median(default.seconds) / default.packets * MILLION
    rows.append(
        [
            "tokens of a million packets",
            f"< {TOKEN_SECONDS:g} s",
            f"{seconds:.2f} s",
            _met(seconds < TOKEN_SECONDS),
        ]
    )
    for way in ("chunk by chunk", "in one piece"):
        ratio = _ratio(found["flows"], f"pclip, {way}", "NFStream")
        rows.append(_ratio_row(f"flow table, {way}", "NFStream", NFSTREAM_TIMES, ratio))
    for times, result in found["streams"].items():
        peak = result["peak_bytes"]
        rows.append(
            [
                f"peak memory, the large file {times} x",
                f"< {PEAK_BYTES / MILLION:.0f} MB",
                f"{peak / MILLION:.0f} MB",
                _met(peak < PEAK_BYTES),
            ]
        )
    return rows


def _times(ratio: float) -> str:
    """How much slower a contestant is that takes `ratio` times as long; below 1 it is faster."""
    factor = f"{max(ratio, 1 / ratio):.1f}"
    if factor == "1.0":
        return "as fast"
    return f"{factor} x {'slower' if ratio > 1 else 'faster'}"


def _ratio(contestants: Sequence[Contestant], ours: str, theirs: str) -> float | None:
    """Rate of one over that of the other; None where one is absent."""
    rates = {contestant.name: contestant.rate for contestant in contestants}
    return rates[ours] / rates[theirs] if theirs in rates else None


def _ratio_row(what: str, name: str, times: int, ratio: float | None) -> list[str]:
    row = [what, f">= {times} x {name}"]
    if ratio is None:
        return [*row, NOT_MEASURED, ""]
    return [*row, f"{ratio:.1f} x", _met(ratio >= times)]


def _met(reached: bool) -> str:
    return "met" if reached else "missed"


def _rates(contestants: Sequence[Contestant], head: str = "reader", versus: bool = True) -> str:
    best = contestants[0].rate
    rows = []
    for contestant in contestants:
        times = "-" if contestant.rate == best else _times(best / contestant.rate)
        per_million = MILLION / contestant.rate
        rows.append(
            [
                contestant.name,
                f"{contestant.packets:,}",
                str(contestant.repetitions),
                rounded(contestant.rate),
                contestant.spread,
                f"{per_million:.2f}",
                times,
            ]
        )
    names = [head, "packets", "repetitions", "packets/s", "slowest to fastest", "s a million"]
    columns = [*names, f"than {contestants[0].name}" if versus else ""]
    if not versus:
        return table(columns[:-1], [row[:-1] for row in rows])
    return table(columns, rows)


def _flow_counts(counts: dict[str, tuple[int, int]]) -> list[list[str]]:
    return [[name, f"{flows:,}", f"{packets:,}"] for name, (flows, packets) in counts.items()]


def _agreement(result: dict[str, Any] | None) -> list[str]:
    if result is None:
        return ["Not compared: dpkt is not installed."]
    if not result["differences"]:
        return [
            f"All {result['packets']:,} packets of the testbed have the same fields as dpkt reads: "
            "times (to a microsecond), lengths, IP version, addresses, protocol, TTL, IP length, "
            "ports of TCP and UDP, TCP flags and window."
        ]
    return [
        f"Of {result['packets']:,} packets of the testbed these differ from dpkt's:",
        "",
        *[f"- {words}: {count:,}" for words, count in result["differences"].items()],
    ]


def _streams(streams: dict[int, dict[str, float]]) -> str:
    rows = [
        [
            f"{times} x",
            *(f"{result[name]:,}" for name in ("packets", "flows", "evicted")),
            rounded(result["packets"] / result["seconds"]),
            f"{result['peak_bytes'] / MILLION:.0f}",
        ]
        for times, result in streams.items()
    ]
    return table(["file", "packets", "flows", "evicted", "packets/s", "peak, MB"], rows)
