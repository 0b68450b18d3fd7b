"""Language models: one client for OpenAI-compatible endpoints, records of answers, their replay.

Comes in: conversations. What is in them is the caller's: this room reads no capture.
Goes out: answers, which are data: bounded in size, without control characters, never run.
May be called by: missions, text, runs, serving, the command line. It imports no other room.
"""

from __future__ import annotations

from pclip.llm.bounds import Bounds, Patience
from pclip.llm.client import Client
from pclip.llm.connect import connect, language_model
from pclip.llm.conversation import Answer, Conversation, LanguageModel, Message, prompt
from pclip.llm.exchange import Exchange, exchange_key
from pclip.llm.record import Record, read_record
from pclip.llm.replayed import Replay, replay
from pclip.llm.usage import Prices, Usage

__all__ = [
    "Answer",
    "Bounds",
    "Client",
    "Conversation",
    "Exchange",
    "LanguageModel",
    "Message",
    "Patience",
    "Prices",
    "Record",
    "Replay",
    "Usage",
    "connect",
    "exchange_key",
    "language_model",
    "prompt",
    "read_record",
    "replay",
]
