"""Facts about one flow, each a phrase made from a few columns of its row.

Only volumes, times, flags and the protocol number are read: no address, no port, no absolute
time, no label can reach a sentence because no fact asks for their columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pclip.errors import PclipError
from pclip.text import quantities

# IANA protocol numbers that occur in flow tables.
_PROTOCOL_NAMES = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 58: "ICMPv6", 132: "SCTP"}
_LAST_PROTOCOL = 255
_FLAGS = ("SYN", "FIN", "RST", "PSH", "ACK")
# (upper end in microseconds, word)
_LIFETIMES = ((1e3, "momentary"), (1e6, "brief"), (6e7, "sustained"))
_LOPSIDED = 0.8


@dataclass(frozen=True)
class Fact:
    """A phrase about a flow.

    Attributes:
        columns: the CICFlowMeter columns it reads.
        phrase: makes the phrase from their values, in the same order.
    """

    columns: tuple[str, ...]
    phrase: Callable[..., str]

    def of(self, row: Mapping[str, float | str]) -> str:
        """Say the fact about a row.

        Raises:
            PclipError: a column is missing or not a number.
        """
        return self.phrase(*(_number(row, column) for column in self.columns))


def _number(row: Mapping[str, float | str], column: str) -> float:
    try:
        return float(row[column])
    except KeyError:
        raise PclipError(
            f"flow row: no column {column!r}; expected CICFlowMeter's columns, spelt as it does"
        ) from None
    except (TypeError, ValueError):
        raise PclipError(
            f"flow row: {column} holds {ascii(row[column])[:60]}, expected a number"
        ) from None


def _protocol(number: float) -> str:
    if not (quantities.known(number) and number <= _LAST_PROTOCOL):
        return "unknown-protocol"
    return _PROTOCOL_NAMES.get(int(number), f"IP-protocol-{int(number)}")


def _lifetime(microseconds: float) -> str:
    if not quantities.known(microseconds):
        return "of unknown length"
    return next((word for end, word in _LIFETIMES if microseconds < end), "long-lived")


def _volume(packets: float, octets: float) -> str:
    if packets == 0.0:
        return "nothing"
    if octets == 0.0:
        return f"{quantities.packets(packets)} without payload"
    return f"{quantities.packets(packets)} carrying {quantities.size(octets)}"


def _byte_rate(forward: float, backward: float, octets_per_second: float) -> str:
    # Some flow tables write 0 where the duration is 0 and the rate therefore infinite.
    contradicts = octets_per_second == 0.0 and forward + backward > 0.0
    return quantities.byte_rate(math.inf if contradicts else octets_per_second)


def _transfer(forward: float, backward: float, octets_per_second: float) -> str:
    total = forward + backward
    if total == 0.0:
        return "no payload"
    rate = _byte_rate(forward, backward, octets_per_second)
    return f"{quantities.size(total)} of payload at {rate}"


def _sizes(mean: float, forward: float, backward: float) -> str:
    if mean == 0.0:
        return "no packet carries any payload"
    return (
        f"packets average {quantities.size(mean)} of payload, {quantities.size(forward)} "
        f"from the initiator and {quantities.size(backward)} from the responder"
    )


def _spacing(mean_gap: float, forward: float, backward: float) -> str:
    if forward + backward == 1.0:
        return "no second packet"
    return f"{quantities.duration(mean_gap)} between packets on average"


def _flags(*counts: float) -> str:
    phrases = [
        f"{quantities.count(number)} {flag}"
        for flag, number in zip(_FLAGS, counts, strict=True)
        if number != 0.0
    ]
    if not phrases:
        return "no TCP flags"
    listed = " and ".join([", ".join(phrases[:-1]), phrases[-1]] if phrases[1:] else phrases)
    return f"{listed} flag" if listed.startswith("1 ") and not phrases[1:] else f"{listed} flags"


def _balance(
    forward_packets: float, backward_packets: float, forward: float, backward: float
) -> str:
    values = (forward_packets, backward_packets, forward, backward, forward + backward)
    if not all(map(quantities.known, values)):
        return "the share of each side is unknown"
    if backward_packets == 0.0:
        return "the responder stays silent"
    total = forward + backward
    if total == 0.0:
        return "neither side sends any payload"
    if forward >= _LOPSIDED * total:
        return "nearly all payload comes from the initiator"
    if backward >= _LOPSIDED * total:
        return "nearly all payload comes from the responder"
    return "both sides contribute payload"


_FORWARD = ("Total Fwd Packet", "Total Length of Fwd Packet")
_BACKWARD = ("Total Bwd packets", "Total Length of Bwd Packet")
_COUNTS = (_FORWARD[0], _BACKWARD[0])
_OCTETS = (_FORWARD[1], _BACKWARD[1])

FACTS: Mapping[str, Fact] = {
    "protocol": Fact(("Protocol",), _protocol),
    "duration": Fact(("Flow Duration",), quantities.duration),
    "lifetime": Fact(("Flow Duration",), _lifetime),
    "packets": Fact(_COUNTS, lambda forward, backward: quantities.packets(forward + backward)),
    "forward_packets": Fact((_FORWARD[0],), quantities.packets),
    "backward_packets": Fact((_BACKWARD[0],), quantities.packets),
    "forward_volume": Fact(_FORWARD, _volume),
    "backward_volume": Fact(_BACKWARD, _volume),
    "transfer": Fact((*_OCTETS, "Flow Bytes/s"), _transfer),
    "sizes": Fact(
        ("Packet Length Mean", "Fwd Packet Length Mean", "Bwd Packet Length Mean"), _sizes
    ),
    "byte_rate": Fact((*_OCTETS, "Flow Bytes/s"), _byte_rate),
    "packet_rate": Fact(("Flow Packets/s",), quantities.packet_rate),
    "spacing": Fact(("Flow IAT Mean", *_COUNTS), _spacing),
    "flags": Fact(tuple(f"{flag} Flag Count" for flag in _FLAGS), _flags),
    "balance": Fact((*_COUNTS, *_OCTETS), _balance),
}


def columns_of(names: Sequence[str]) -> tuple[str, ...]:
    """Columns that the named facts read, each once, in a fixed order."""
    return tuple(dict.fromkeys(column for name in names for column in FACTS[name].columns))
