"""A capture as a model needs it: usable packets, distinct inputs, windows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.embedding import distinct_rows, packet_tokens
from pclip.errors import PclipError
from pclip.models.packet_encoder import PacketEncoder
from pclip.packets import PacketTable, read_captures

STANDARD_INPUT = "-"
Capture = str | os.PathLike[str] | PacketTable


@dataclass(frozen=True, eq=False)
class Traffic:
    """The packets of a capture that a model can read.

    Attributes:
        read: packets that the capture holds.
        skipped: how many were not usable, by reason.
        packets: the n usable ones, in the capture's order.
        ids: int32 [distinct inputs, tokens].
        lengths: int32 [distinct inputs].
        input_of_packet: int32 [n], the distinct input that each packet is.
    """

    read: int
    skipped: dict[str, int]
    packets: PacketTable
    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    input_of_packet: NDArray[np.int32]

    @classmethod
    def of(cls, capture: Capture, encoder: PacketEncoder, policy: str, max_length: int) -> Traffic:
        """Read a capture and tokenize it.

        Args:
            capture: a path, of a file or a folder of captures, "-" for standard input, or packets
                that were read before.
            encoder: in whose vocabulary.
            policy: byte policy.
            max_length: tokens of a packet, at most.

        Raises:
            PclipError: it cannot be read, or nothing in it can be used; the message says why.
        """
        table = capture if isinstance(capture, PacketTable) else read_captures([capture])
        usable = np.flatnonzero(table.usable)
        skipped = table.describe_skips()
        if not len(usable):
            raise PclipError(_nothing_usable(_name_of(capture), len(table), skipped))
        packets = table.take(usable)
        tokens = packet_tokens(encoder, packets, bytes=policy, max_length=max_length)
        distinct = distinct_rows(tokens.ids)
        return cls(
            read=len(table),
            skipped=skipped,
            packets=packets,
            ids=tokens.ids[distinct.first],
            lengths=tokens.lengths[distinct.first],
            input_of_packet=distinct.inverse,
        )

    def windows(self, length: int) -> NDArray[np.int32]:
        """Distinct inputs of each packet's window, the packet itself in the last column.

        A window holds the packet and those before it in its capture, by time and then by record
        number, as `pclip.data.window_indices` has it for training.

        Args:
            length: A, packets of a window.

        Returns:
            int32 [n, length], -1 where the capture had no earlier packet (left padding).
        """
        packets = self.packets
        order = np.lexsort((packets.index, packets.time_ns, packets.capture))
        capture, inputs = packets.capture[order], self.input_of_packet[order]
        places = np.arange(len(order))[:, None] + np.arange(1 - length, 1)
        there = np.maximum(places, 0)
        inside = (places >= 0) & (capture[there] == capture[:, None])
        windows = np.empty((len(order), length), np.int32)
        windows[order] = np.where(inside, inputs[there], -1)
        return windows


def _name_of(capture: Capture) -> str:
    if isinstance(capture, PacketTable):
        return ", ".join(capture.captures) or "the packet table"
    return "standard input" if os.fspath(capture) == STANDARD_INPUT else str(Path(capture))


def _nothing_usable(name: str, read: int, skipped: dict[str, int]) -> str:
    if not read:
        return f"{name} holds no packet; expected a capture with IPv4 or IPv6 packets"
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items())
    return (
        f"none of the {read:,} packets of {name} can be used: {reasons}; "
        "expected IPv4 or IPv6 packets"
    )
