"""Which flows a packet may belong to: numbers for 5-tuples, the same in either direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PROTOCOLS = 256
PORTS = 65_537
"""Ports 0 to 65,535 and none."""
NO_KEY = -1


class _Numbers:
    """Distinct integers, numbered in ascending order; others are `NO_KEY`."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = np.unique(values)

    def __len__(self) -> int:
        return len(self.values)

    def of(self, values: NDArray[Any]) -> NDArray[np.int64]:
        if not len(self.values):
            return np.full(len(values), NO_KEY, np.int64)
        place = np.searchsorted(self.values, values)
        place[place == len(self.values)] = 0
        return np.where(self.values[place] == values, place, NO_KEY)


class FlowKeys:
    """The distinct (protocol, two endpoints) of flows.

    Args:
        source, destination: uint8[m, 16] addresses.
        source_port, destination_port: int[m], -1 for none.
        protocol: int[m].
    """

    def __init__(
        self,
        source: NDArray[np.uint8],
        destination: NDArray[np.uint8],
        source_port: NDArray[np.int32],
        destination_port: NDArray[np.int32],
        protocol: NDArray[np.integer],
    ) -> None:
        high, low = _words(np.concatenate([source, destination]))
        # Steps of exact numbering keep each product inside 63 bits, whatever the addresses are.
        self._high, self._low = _Numbers(high), _Numbers(low)
        self._address = _Numbers(self._high.of(high) * len(self._low) + self._low.of(low))
        ends = np.concatenate(
            [self._ends(source, source_port), self._ends(destination, destination_port)]
        )
        self._endpoint = _Numbers(ends)
        number = self._endpoint.of(ends)
        self._key = _Numbers(self._combined(number[: len(source)], number[len(source) :], protocol))

    def __len__(self) -> int:
        return len(self._key)

    def of(
        self,
        source: NDArray[np.uint8],
        destination: NDArray[np.uint8],
        source_port: NDArray[np.int32],
        destination_port: NDArray[np.int32],
        protocol: NDArray[np.integer],
    ) -> NDArray[np.int64]:
        """int64[n]: number of each 5-tuple, `NO_KEY` where no flow has it either way."""
        one = self._endpoint.of(self._ends(source, source_port))
        other = self._endpoint.of(self._ends(destination, destination_port))
        known = (one >= 0) & (other >= 0)
        found = np.full(len(source), NO_KEY, np.int64)
        found[known] = self._key.of(self._combined(one[known], other[known], protocol[known]))
        return found

    def _ends(self, address: NDArray[np.uint8], port: NDArray[np.int32]) -> NDArray[np.int64]:
        """One integer per (address, port), negative where the address is in no flow."""
        high, low = _words(address)
        high_number, low_number = self._high.of(high), self._low.of(low)
        known = (high_number >= 0) & (low_number >= 0)
        both = np.where(known, high_number * len(self._low) + low_number, NO_KEY)
        number = self._address.of(both)
        return np.where(number >= 0, number * PORTS + port + 1, NO_KEY)

    def _combined(
        self, one: NDArray[np.int64], other: NDArray[np.int64], protocol: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        pair = np.minimum(one, other) * len(self._endpoint) + np.maximum(one, other)
        return pair * PROTOCOLS + protocol


def _words(addresses: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    words = np.ascontiguousarray(addresses).view(">u8").astype(np.uint64)
    return words[:, 0], words[:, 1]
