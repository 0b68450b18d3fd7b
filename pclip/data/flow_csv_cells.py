"""Cells of a flow CSV: text to numbers, each distinct text once."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

from pclip.data.flow_csv_layout import EPOCH_UNITS, FlowCsvLayout

T = TypeVar("T")
MOST_REMEMBERED = 65_536
"""Distinct texts a column remembers: a file of ever new ones must not fill the memory."""
NS_PER_S = 1_000_000_000
MAPPED = bytes(10) + b"\xff\xff"
END_OF_TIME_S = 2**32
"""A capture counts seconds in 32 bits; no flow begins after that."""
LONGEST_FLOW_S = 366 * 86_400
PORTS = 2**16
PROTOCOL_NUMBERS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "ipv6": 41,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmp6": 58,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "ospf": 89,
    "sctp": 132,
    "udplite": 136,
    "arp": 0,
}
"""Names as tools write them -> IP protocol; ARP has none and stands as 0."""
EPOCH = datetime(1970, 1, 1)
MINUTE_NS = 60 * NS_PER_S
# Of a format without seconds, or without fractions of them, the timestamp was rounded down.
SECONDS_WORDS = ("%S", "%T", "%X", "%c")


class Remembered(dict[str, T], Generic[T]):
    """text -> value; a text that was not met before is parsed."""

    def __init__(self, parse: Callable[[str], T]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> T:
        value = self._parse(text.strip())
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[text] = value
        return value


def parse_address(text: str) -> bytes:
    """16 bytes of an IPv4 or IPv6 address.

    Raises:
        ValueError: it is none.
    """
    packed = ipaddress.ip_address(text.partition("%")[0]).packed
    return MAPPED + packed if len(packed) == 4 else packed


def parse_port(text: str) -> int:
    """A port, -1 for none; pandas writes 80.0.

    Raises:
        ValueError: it is neither.
    """
    number = int(text.removesuffix(".0"))
    if not -1 <= number < PORTS:
        raise ValueError(text)
    return number


def parse_protocol(text: str) -> int:
    """An IP protocol by number or name.

    Raises:
        ValueError: neither is known.
    """
    known = PROTOCOL_NUMBERS.get(text.lower())
    number = int(text.removesuffix(".0")) if known is None else known
    if not 0 <= number < 256:
        raise ValueError(text)
    return number


def parse_duration(text: str, unit_ns: int) -> int:
    """A duration in nanoseconds, which may be negative.

    Raises:
        ValueError: not a number, or more than a year.
    """
    value = float(text) * unit_ns
    if not math.isfinite(value) or abs(value) > LONGEST_FLOW_S * NS_PER_S:
        raise ValueError(text)
    return round(value)


def timestamp_parser(layout: FlowCsvLayout) -> Callable[[str], tuple[int, int]]:
    """A function from a timestamp's text to nanoseconds since 1970 (UTC) and its resolution."""
    ahead = round(layout.utc_offset_s * NS_PER_S)

    def parse(text: str) -> tuple[int, int]:
        for form in layout.timestamps:
            try:
                local, resolution = (
                    _since_epoch(text, EPOCH_UNITS[form])
                    if form in EPOCH_UNITS
                    else _by_format(text, form, layout.afternoon_below_hour)
                )
            except ValueError:
                continue
            if 0 <= local - ahead < END_OF_TIME_S * NS_PER_S:
                return local - ahead, resolution
        raise ValueError(text)

    return parse


def _since_epoch(text: str, unit_ns: int) -> tuple[int, int]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    # An exponent of millions would make Python compute for hours.
    if not number.is_finite() or not 0 <= number < END_OF_TIME_S * NS_PER_S:
        raise ValueError(text)
    whole = "." not in text and "e" not in text.lower()
    return int(number * unit_ns), unit_ns if whole else 0


def _by_format(text: str, form: str, afternoon_below_hour: int) -> tuple[int, int]:
    moment = datetime.strptime(text, form)
    if moment.tzinfo is not None:
        offset = moment.utcoffset()
        moment = moment.replace(tzinfo=None) - (offset or EPOCH - EPOCH)
    seconds = (moment - EPOCH).days * 86_400 + (moment - EPOCH).seconds
    if moment.hour < afternoon_below_hour and "%H" in form:
        seconds += 12 * 3600
    if "%f" in form:
        resolution = 0
    else:
        resolution = NS_PER_S if any(w in form for w in SECONDS_WORDS) else MINUTE_NS
    return seconds * NS_PER_S + moment.microsecond * 1000, resolution
