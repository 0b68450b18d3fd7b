"""What is true of every `PacketTable`, whatever the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pclip.packets import (
    BYTE_POLICIES,
    SKIP_REASONS,
    VOCABULARY_SIZE,
    PacketTable,
    bigram_tokens,
    conversation,
    flow_table,
)
from pclip.packets.table import COLUMN_NAMES

TOKENS = 48
RECORD_BYTES = 16


def check_table(packets: PacketTable) -> None:
    """Places lie inside their frames, and every row is decoded or says why not.

    Raises:
        AssertionError: naming what is not so.
    """
    start, size = packets.offset, packets.captured_length.astype(np.int64)
    assert (start >= 0).all(), "a frame begins before the buffer"
    assert (size >= 0).all(), "a frame of negative length"
    assert (start + size <= packets.buffer.size).all(), "a frame ends behind the buffer"
    assert (packets.length >= 0).all(), "a negative length on the wire"
    assert (packets.skip_reason < len(SKIP_REASONS)).all(), "an unknown skip reason"
    usable = packets.usable
    assert (usable == (packets.skip_reason == 0)).all(), "a row neither decoded nor skipped"
    assert np.isin(packets.ip_version[usable], (4, 6)).all(), "a version of IP"
    assert (packets.ip_version[~usable] == 0).all(), "a version of IP in a skipped row"
    for name in ("network_offset", "transport_offset", "payload_offset", "end_offset"):
        assert (getattr(packets, name)[~usable] == -1).all(), f"{name} of a skipped row"
    rows = packets.take(usable)
    chain = [np.zeros(len(rows), np.int64), rows.network_offset, rows.payload_offset]
    chain += [rows.end_offset, rows.captured_length]
    for before, after in pairwise(chain):
        assert (before <= after).all(), "network, payload, end and captured length out of order"
    there = rows.transport_offset >= 0
    assert (rows.transport_offset[there] > rows.network_offset[there]).all(), "transport too early"
    assert (rows.transport_offset[there] <= rows.payload_offset[there]).all(), "transport too late"
    for name in ("source_port", "destination_port", "tcp_window"):
        values = getattr(packets, name)
        assert ((values >= -1) & (values <= 0xFFFF)).all(), f"{name} out of range"
    assert (packets.time_ns >= 0).all(), "a time before 1970"


def check_readers(packets: PacketTable) -> None:
    """Everything that reads packets' bytes gives a row a packet, within its range."""
    for policy in BYTE_POLICIES:
        tokens = bigram_tokens(packets, policy, TOKENS)
        assert tokens.ids.shape == (len(packets), TOKENS), policy
        assert ((tokens.ids >= 0) & (tokens.ids < VOCABULARY_SIZE)).all(), policy
        assert ((tokens.lengths >= 1) & (tokens.lengths <= TOKENS)).all(), policy
    talk = conversation(packets)
    assert len(talk.protocol) == len(packets)
    flows = flow_table(packets)
    assert ((flows.flow_of_packet >= 0) == packets.usable).all(), "usable packets in flows"
    for name, values in flows.columns.items():
        if values.dtype.kind == "f":
            assert np.isfinite(values).all(), f"flow column {name} is not finite"


def check_same(one: PacketTable, pieces: Sequence[PacketTable]) -> None:
    """Pieces, one after the other, hold the rows of the whole."""
    assert len(one) == sum(map(len, pieces)), "the pieces have another number of rows"
    for name in COLUMN_NAMES:
        if name != "offset":
            whole = np.concatenate([getattr(piece, name) for piece in pieces])
            assert np.array_equal(getattr(one, name), whole), f"{name} differs in pieces"
    whole = b"".join(frame_of(piece, row) for piece in pieces for row in range(len(piece)))
    assert whole == b"".join(frame_of(one, row) for row in range(len(one))), "bytes differ"


def frame_of(packets: PacketTable, row: int) -> bytes:
    """The captured bytes of one row."""
    start = packets.offset[row]
    return packets.buffer[start : start + packets.captured_length[row]].tobytes()
