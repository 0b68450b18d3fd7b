"""Mutations of byte strings, blind and aware of where lengths and types stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

INTERESTING: dict[int, tuple[int, ...]] = {
    1: (
        *range(9),
        *(15, 16, 17, 20, 40, 41, 43, 44, 47, 51, 58, 59, 60, 63, 64),
        *(127, 128, 129, 132, 133, 254, 255),
        *(0x44, 0x45, 0x46, 0x4F, 0x60, 0x6F),
    ),
    2: (
        *(0, 1, 2, 4, 5, 8, 19, 20, 40, 255, 256, 1500, 1501, 1536, 2152, 4789),
        *(0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8, 0x8847, 0x8864, 0x6558, 0x880B, 0x88BE, 0xAAAA),
        *(0x1FFF, 0x2000, 0x7FFF, 0x8000, 0xFFFF),
    ),
    4: (
        *(0, 1, 2, 3, 5, 6, 7, 11, 12, 13, 15, 16, 17, 20, 28, 31, 32, 33, 64, 255, 256),
        *(65_535, 65_536, 262_144, 262_145, 2**24, 2**24 + 1),
        *(2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1),
        *(0x0A0D0D0A, 0x1A2B3C4D, 0xA1B2C3D4, 0xA1B23C4D),
    ),
    8: (0, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1),
}
"""Width in bytes -> values at which parsers go astray."""

LONGEST_INSERT = 64
MOST_BYTES = 1 << 14
"""A mutated string is cut to this."""

MOST_MUTATIONS = 6


@dataclass(frozen=True)
class Field:
    """A number in a seed: where, of how many bytes, in which byte order ("<" or ">")."""

    place: int
    width: int
    order: str = ">"


@dataclass(frozen=True)
class Seed:
    """A well-formed input, with the places of its lengths, types and counts."""

    content: bytes
    fields: tuple[Field, ...] = ()


class Mutator:
    """Makes damaged copies of seeds.

    Args:
        seeds: at least one.
        words: strings to insert beside random bytes, such as cells of a CSV.
    """

    def __init__(self, seeds: Sequence[Seed], words: Sequence[bytes] = ()) -> None:
        self._seeds = seeds
        self._words = words
        self._blind = (
            self._flip_bits,
            self._set_byte,
            self._set_number,
            self._delete,
            self._duplicate,
            self._insert,
            self._cut,
            self._splice,
        )

    def make(self, rng: np.random.Generator) -> bytes:
        """One input: a seed with one to six mutations; the same generator gives the same bytes."""
        seed = self._seeds[rng.integers(len(self._seeds))]
        data = bytearray(seed.content)
        count = min(int(rng.geometric(0.4)), MOST_MUTATIONS)
        # Lies come first: behind an insertion the fields stand elsewhere.
        lies = int(rng.integers(count + 1)) if seed.fields else 0
        for _ in range(lies):
            self._lie(data, seed, rng)
        for _ in range(count - lies):
            self._blind[rng.integers(len(self._blind))](data, rng)
        return bytes(data[:MOST_BYTES])

    def _lie(self, data: bytearray, seed: Seed, rng: np.random.Generator) -> None:
        """Give a length, type or count another value, near the true one or an interesting one."""
        field = seed.fields[rng.integers(len(seed.fields))]
        stop = field.place + field.width
        order = "little" if field.order == "<" else "big"
        value = int.from_bytes(data[field.place : stop], order)
        if rng.random() < 0.5:
            value += int(rng.integers(-8, 9))
        else:
            values = INTERESTING[field.width]
            value = values[rng.integers(len(values))]
        data[field.place : stop] = (value % 256**field.width).to_bytes(field.width, order)

    def _flip_bits(self, data: bytearray, rng: np.random.Generator) -> None:
        for _ in range(int(rng.integers(1, 5)) if data else 0):
            data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))

    def _set_byte(self, data: bytearray, rng: np.random.Generator) -> None:
        if data:
            data[rng.integers(len(data))] = int(rng.integers(256))

    def _set_number(self, data: bytearray, rng: np.random.Generator) -> None:
        width = (1, 2, 4, 8)[rng.integers(4)]
        if len(data) < width:
            return
        place = int(rng.integers(len(data) - width + 1))
        values = INTERESTING[width]
        value = values[rng.integers(len(values))]
        order = "little" if rng.random() < 0.5 else "big"
        data[place : place + width] = value.to_bytes(width, order)

    def _delete(self, data: bytearray, rng: np.random.Generator) -> None:
        first, stop = self._stretch(data, rng)
        del data[first:stop]

    def _duplicate(self, data: bytearray, rng: np.random.Generator) -> None:
        first, stop = self._stretch(data, rng)
        place = int(rng.integers(len(data) + 1))
        data[place:place] = data[first:stop] * int(rng.integers(1, 4))

    def _insert(self, data: bytearray, rng: np.random.Generator) -> None:
        place = int(rng.integers(len(data) + 1))
        if self._words and rng.random() < 0.7:
            data[place:place] = self._words[rng.integers(len(self._words))]
        else:
            data[place:place] = rng.bytes(int(rng.integers(1, LONGEST_INSERT)))

    def _cut(self, data: bytearray, rng: np.random.Generator) -> None:
        del data[int(rng.integers(len(data) + 1)) :]

    def _splice(self, data: bytearray, rng: np.random.Generator) -> None:
        """Go over into another seed, at any place of it."""
        other = self._seeds[rng.integers(len(self._seeds))].content
        del data[int(rng.integers(len(data) + 1)) :]
        data += other[int(rng.integers(len(other) + 1)) :]

    @staticmethod
    def _stretch(data: bytearray, rng: np.random.Generator) -> tuple[int, int]:
        """A short piece mostly, any piece sometimes."""
        first = int(rng.integers(len(data) + 1))
        room = len(data) - first
        most = min(room, 16) if rng.random() < 0.7 else room
        return first, first + int(rng.integers(most + 1))
