"""Values of slots as text: two significant digits, whatever the float.

Flows of a kind so share a sentence. A counted 1 has its unit in the singular ("1 packet"); what was
measured keeps a decimal there and has the plural ("1.0 seconds").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

# IANA protocol numbers that occur in flow tables.
_PROTOCOLS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 58: "ICMPv6", 132: "SCTP"}
TCP = 6
LAST_PROTOCOL = 255
NO_PROTOCOL = -1.0
"""Stands for a protocol number that is none."""

LIFETIME_ENDS = np.array([1e3, 1e6, 6e7])
"""Upper ends of the lifetimes, in microseconds."""
_LIFETIMES = ("momentary", "brief", "sustained", "long-lived")

_EXACT_BELOW = 100.0
_NOTHING = 1e-9  # of any unit
# Letters whose names begin with a vowel; "TCP" and "UDP" do not.
_VOWEL_LETTERS = frozenset("AEFHILMNORSX")


@dataclass(frozen=True)
class SlotType:
    """How the values of a slot are rounded and written.

    Attributes:
        rounded: float64[n] without NaN -> float64[n] with few distinct values.
        written: a rounded value as text.
        counted: whether a value of 1 puts the unit into the singular.
    """

    rounded: Callable[[Values], Values]
    written: Callable[[float], str]
    counted: bool = False


def two_digits(values: Values) -> Values:
    """Round to two significant digits: 1234 -> 1200; less than `_NOTHING` is 0.

    Args:
        values: float64[n], finite and not negative.
    """
    values = np.where(values < _NOTHING, 0.0, values)
    exponents = np.floor(np.log10(values, out=np.zeros_like(values), where=values > 0.0))
    scale = 10.0 ** (exponents - 1.0)
    return np.rint(values / scale) * scale


def _round_count(values: Values) -> Values:
    return np.where(values < _EXACT_BELOW, np.rint(values), two_digits(values))


def _write_count(number: float) -> str:
    return f"{number:,.0f}"


def _write_measured(number: float) -> str:
    """Two significant digits and no exponent: "0.0025", "1.0", "12", "1,200"."""
    if number == 0.0:
        return "0"
    mantissa, exponent = f"{number:.1e}".split("e")
    decimals = max(0, 1 - int(exponent))
    return f"{float(f'{mantissa}e{exponent}'):,.{decimals}f}"


def _write_protocol(number: float) -> str:
    if number == NO_PROTOCOL:
        return "unknown-protocol"
    return _PROTOCOLS.get(int(number), f"IP-protocol-{int(number)}")


def _write_lifetime(number: float) -> str:
    return _LIFETIMES[int(number)]


def _unchanged(values: Values) -> Values:
    return values


COUNT = SlotType(_round_count, _write_count, counted=True)
MEASURED = SlotType(two_digits, _write_measured)
PROTOCOL = SlotType(_unchanged, _write_protocol)
LIFETIME = SlotType(_unchanged, _write_lifetime)


def article(value: str) -> str:
    """ "a" or "an", as the text of a value sounds: "a TCP", "an ICMP", "an 8.0", "a 1,800"."""
    first = value[0]
    if first.isdigit():
        thousands = value.partition(",")[0].partition(".")[0]
        return "an" if first == "8" or thousands in ("11", "18") else "a"
    vowels = _VOWEL_LETTERS if first.isupper() else "aeiou"
    return "an" if first in vowels else "a"
