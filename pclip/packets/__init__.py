"""Captures to arrays: the one place that knows what a packet looks like.

In: classic pcap files. Out: a `PacketTable` (NumPy columns over one byte buffer), the bytes that a
model may see (`policy_bytes`), bigram tokens and a flow table. No loop over packets runs in Python
except the walk from record to record. Imports no other room; any room may call it.
"""

from __future__ import annotations

from pclip.packets.capture import CaptureError, read_capture, read_captures
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

__all__ = [
    "BYTE_POLICIES",
    "FLOW_COLUMNS",
    "IDLE_TIMEOUT_S",
    "SKIP_REASONS",
    "VOCABULARY_SIZE",
    "BigramTokens",
    "CaptureError",
    "Conversation",
    "FinishedFlows",
    "FlowTable",
    "FlowTracker",
    "PacketTable",
    "bigram_tokens",
    "conversation",
    "flow_table",
    "policy_bytes",
    "read_capture",
    "read_captures",
]
