"""Slots: the typed gaps of a sentence about one flow, as `<DURATION_S>`.

A paraphrase moves slots about; their values are put in afterwards. So each slot says, besides
what fills it, the words that must stay beside it for the sentence to remain true.

Only volumes, times, flags and the protocol number are read: no address, no port, no absolute
time and no label can reach a sentence because no slot asks for their columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pclip.text import slot_values, units
from pclip.text.slot_values import COUNT, LIFETIME, MEASURED, PROTOCOL, SlotType, Values
from pclip.text.units import Unit

SLOT = re.compile(r"<([A-Z_]+)>")
"""A slot in a text; group 1 is its name."""

_LARGEST = 1e15  # a flow table's number beyond this is an error, not a volume
_SMALLEST_RATE = 0.01  # packets or bytes per second; less says nothing


@dataclass(frozen=True)
class Slot:
    """What one gap stands for.

    Attributes:
        meaning: what a language model is told about it.
        type: how its values are rounded and written.
        columns: the CICFlowMeter columns it reads.
        values: float64[n] columns, in that order -> float64[n]; NaN where the flow has no such
            value, as a lone packet has no duration.
        unit: what must stay behind it; None where the value is itself a word.
        roles: names of `ROLES` that tell it from other slots of the same unit.
        adjective: whether the value is one, and so needs a noun behind it.
    """

    meaning: str
    type: SlotType
    columns: tuple[str, ...]
    values: Callable[..., Values]
    unit: Unit | None = None
    roles: tuple[str, ...] = ()
    adjective: bool = False


def _known(values: Values, at_least: float = 0.0) -> Values:
    """`values` with NaN where they mean nothing; CICFlowMeter writes inf, nan and negatives."""
    meant = np.isfinite(values) & (values >= at_least) & (values <= _LARGEST)
    return np.where(meant, values, np.nan)


def _protocol(numbers: Values) -> Values:
    known = _known(numbers) <= slot_values.LAST_PROTOCOL
    return np.floor(np.where(known, numbers, slot_values.NO_PROTOCOL))


def _total(forward: Values, backward: Values) -> Values:
    return _known(_known(forward) + _known(backward))


def _seconds(microseconds: Values) -> Values:
    # The clock counts microseconds: below the first there is no duration, as of a lone packet.
    return _known(microseconds, at_least=1.0) / 1e6


def _lifetime(microseconds: Values) -> Values:
    known = _known(microseconds)
    indices = np.searchsorted(slot_values.LIFETIME_ENDS, known, side="right").astype(np.float64)
    return np.where(np.isnan(known), np.nan, indices)


def _gap(mean: Values, forward: Values, backward: Values) -> Values:
    return np.where(_total(forward, backward) > 1.0, _known(mean) / 1e3, np.nan)


def _rate(per_second: Values) -> Values:
    # A flow has packets: some tables write a rate of 0 where the duration is 0.
    return _known(per_second, at_least=_SMALLEST_RATE)


def _mean(octets: Values, packets: Values) -> Values:
    """Mean payload of the packets of one direction, where it has any."""
    return np.where(_known(packets) > 0.0, _known(octets), np.nan)


def _share(forward: Values, backward: Values) -> Values:
    total = _total(forward, backward)
    unknown = np.full_like(total, np.nan)
    return 100.0 * np.divide(_known(forward), total, out=unknown, where=total > 0.0)


def _flag(number: Values, protocol: Values) -> Values:
    return np.where(protocol == slot_values.TCP, _known(number), np.nan)


_FORWARD_PACKETS, _BACKWARD_PACKETS = _PACKETS = ("Total Fwd Packet", "Total Bwd packets")
_FORWARD_BYTES, _BACKWARD_BYTES = _BYTES = (
    "Total Length of Fwd Packet",
    "Total Length of Bwd Packet",
)


def _packets(meaning: str, column: str, role: str) -> Slot:
    return Slot(meaning, COUNT, (column,), _known, units.PACKETS, (role,))


def _bytes(meaning: str, column: str, role: str) -> Slot:
    return Slot(meaning, COUNT, (column,), _known, units.BYTES, (role,))


def _mean_bytes(meaning: str, columns: tuple[str, str], role: str) -> Slot:
    return Slot(meaning, MEASURED, columns, _mean, units.BYTES, (role, "mean"))


def _flags(name: str) -> Slot:
    meaning = f"a number of packets with the TCP flag {name}"
    return Slot(meaning, COUNT, (f"{name} Flag Count", "Protocol"), _flag, units.flags(name))


SLOTS: Mapping[str, Slot] = {
    "PROTOCOL": Slot("the name of a network protocol", PROTOCOL, ("Protocol",), _protocol),
    "LIFETIME": Slot(
        "an adjective that says how long the flow lasts",
        LIFETIME,
        ("Flow Duration",),
        _lifetime,
        adjective=True,
    ),
    "DURATION_S": Slot(
        "the time from the first packet to the last",
        MEASURED,
        ("Flow Duration",),
        _seconds,
        units.SECONDS,
    ),
    "MEAN_GAP_MS": Slot(
        "the average time between one packet and the next",
        MEASURED,
        ("Flow IAT Mean", *_PACKETS),
        _gap,
        units.MILLISECONDS,
        ("mean", "gap"),
    ),
    "PACKETS": Slot(
        "a number of packets, of both directions together", COUNT, _PACKETS, _total, units.PACKETS
    ),
    "FORWARD_PACKETS": _packets(
        "a number of packets in forward direction", _FORWARD_PACKETS, "forward"
    ),
    "BACKWARD_PACKETS": _packets(
        "a number of packets in backward direction", _BACKWARD_PACKETS, "backward"
    ),
    "BYTES": Slot(
        "an amount of payload, of both directions together", COUNT, _BYTES, _total, units.BYTES
    ),
    "FORWARD_BYTES": _bytes("an amount of payload in forward direction", _FORWARD_BYTES, "forward"),
    "BACKWARD_BYTES": _bytes(
        "an amount of payload in backward direction", _BACKWARD_BYTES, "backward"
    ),
    "FORWARD_SHARE": Slot(
        "the part of the payload that goes in forward direction",
        MEASURED,
        _BYTES,
        _share,
        units.PERCENT,
        ("forward",),
    ),
    "MEAN_BYTES": Slot(
        "the average payload of a packet",
        MEASURED,
        ("Packet Length Mean",),
        _known,
        units.BYTES,
        ("mean",),
    ),
    "FORWARD_MEAN_BYTES": _mean_bytes(
        "the average payload of a packet in forward direction",
        ("Fwd Packet Length Mean", _FORWARD_PACKETS),
        "forward",
    ),
    "BACKWARD_MEAN_BYTES": _mean_bytes(
        "the average payload of a packet in backward direction",
        ("Bwd Packet Length Mean", _BACKWARD_PACKETS),
        "backward",
    ),
    "LARGEST_BYTES": _bytes("the payload of the largest packet", "Packet Length Max", "largest"),
    "SMALLEST_BYTES": _bytes("the payload of the smallest packet", "Packet Length Min", "smallest"),
    "PACKET_RATE": Slot(
        "a rate of packets", MEASURED, ("Flow Packets/s",), _rate, units.PACKETS_PER_SECOND
    ),
    "BYTE_RATE": Slot(
        "a rate of payload", MEASURED, ("Flow Bytes/s",), _rate, units.BYTES_PER_SECOND
    ),
    **{f"{name}_FLAGS": _flags(name) for name in ("SYN", "FIN", "RST", "PSH", "ACK")},
}
