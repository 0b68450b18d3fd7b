"""Numbers as people say them: two significant digits and a unit, whatever the float."""

from __future__ import annotations

import math

_BYTE_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
_TIME_UNITS = ((3.6e9, "h"), (6e7, "min"), (1e6, "s"), (1e3, "ms"), (1.0, "µs"))
_EXACT_BELOW = 100.0
_SMALLEST = 0.01  # of a byte or packet per second; less says nothing
_DIGITS_BEFORE_EXPONENT = 15
_LARGEST = 1e300  # rounding up never leaves a float's range


def known(value: float) -> bool:
    """Whether a flow table's value means something: finite, not negative, not absurdly large.

    CICFlowMeter writes inf and nan for rates of flows without duration, and negative durations
    where packets step back in time.
    """
    return math.isfinite(value) and 0.0 <= value <= _LARGEST


def round_significant(value: float) -> float:
    """Round to two significant digits: 1234 -> 1200."""
    return float(f"{value:.1e}")


def duration(microseconds: float) -> str:
    """A time in microseconds as a noun phrase: "about 2.5 ms"."""
    if not known(microseconds):
        return "an unknown time"
    if microseconds < 1.0:
        return "less than 1 µs"
    return f"about {_with_unit(microseconds, _TIME_UNITS)}"


def size(octets: float) -> str:
    """An amount of bytes: "40 B", "about 1.2 kB", "an unknown amount"."""
    if not known(octets):
        return "an unknown amount"
    if 0.0 < octets < _SMALLEST:
        return f"less than {_SMALLEST} B"
    text = _with_unit(octets, _BYTE_UNITS)
    exact = octets < _EXACT_BELOW and octets == int(octets)
    return text if exact else f"about {text}"


def byte_rate(octets_per_second: float) -> str:
    """A rate in bytes per second: "about 1.2 kB/s"."""
    if not known(octets_per_second):
        return "an unmeasurable byte rate"
    if octets_per_second == 0.0:
        return "0 B/s"
    if octets_per_second < _SMALLEST:
        return f"less than {_SMALLEST} B/s"
    return f"about {_with_unit(octets_per_second, _BYTE_UNITS)}/s"


def packet_rate(packets_per_second: float) -> str:
    """A rate in packets per second: "about 12,000 packets/s".

    A flow has packets: a rate of 0 is what some tables write where the duration is 0.
    """
    if not known(packets_per_second) or packets_per_second == 0.0:
        return "an unmeasurable packet rate"
    if packets_per_second < _SMALLEST:
        return f"less than {_SMALLEST} packets/s"
    return f"about {_two_digits(packets_per_second)} packets/s"


def count(number: float) -> str:
    """A number of things: "no", "7", "about 120", "an unknown number of"."""
    if not known(number):
        return "an unknown number of"
    if number == 0.0:
        return "no"
    if number < _EXACT_BELOW:
        return f"{number:.0f}"
    return f"about {_two_digits(number)}"


def packets(number: float) -> str:
    """A number of packets: "1 packet", "no packets", "about 120 packets"."""
    counted = count(number)
    return f"{counted} packet" if counted == "1" else f"{counted} packets"


def _with_unit(value: float, units: tuple[tuple[float, str], ...]) -> str:
    # Round in the unit first: 999.7 kB is 1 MB, not 1000 kB, and 59.9 s is a minute.
    for (scale, unit), (larger_scale, _) in zip(
        reversed(units), reversed(units[:-1]), strict=False
    ):
        rounded = round_significant(value / scale)
        if rounded * scale < larger_scale:
            return f"{rounded:g} {unit}"
    scale, unit = units[0]
    return f"{_two_digits(value / scale)} {unit}"


def _two_digits(value: float) -> str:
    return f"{round_significant(value):,.{_DIGITS_BEFORE_EXPONENT}g}"
