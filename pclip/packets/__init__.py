"""Captures to arrays: the one place that knows what a packet looks like.

In: pcap and pcapng files, in one piece or chunk by chunk. Out: a `PacketTable` (NumPy columns over
one byte buffer), the bytes that a model may see (`policy_bytes`), bigram tokens and a flow table.
No loop over packets runs in Python except the walk from record to record. Imports no other room;
any room may call it.
"""

from __future__ import annotations

from pclip.packets.capture import CaptureError, read_capture
from pclip.packets.captures import (
    capture_files,
    is_capture_name,
    iter_captures,
    read_captures,
    without_others,
)
from pclip.packets.conversation import Conversation, conversation
from pclip.packets.flows import (
    FLOW_COLUMNS,
    IDLE_TIMEOUT_S,
    FinishedFlows,
    FlowTable,
    FlowTracker,
    flow_table,
)
from pclip.packets.policies import BYTE_POLICIES, policy_bytes
from pclip.packets.table import SKIP_REASONS, PacketTable
from pclip.packets.tokens import VOCABULARY_SIZE, BigramTokens, bigram_tokens
from pclip.packets.tunnels import TUNNELS
from pclip.packets.word_pieces import word_piece_tokens

__all__ = [
    "BYTE_POLICIES",
    "FLOW_COLUMNS",
    "IDLE_TIMEOUT_S",
    "SKIP_REASONS",
    "TUNNELS",
    "VOCABULARY_SIZE",
    "BigramTokens",
    "CaptureError",
    "Conversation",
    "FinishedFlows",
    "FlowTable",
    "FlowTracker",
    "PacketTable",
    "bigram_tokens",
    "capture_files",
    "conversation",
    "flow_table",
    "is_capture_name",
    "iter_captures",
    "policy_bytes",
    "read_capture",
    "read_captures",
    "without_others",
    "word_piece_tokens",
]
