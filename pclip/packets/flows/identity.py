"""Who, when and which protocol: the first seven columns."""

from __future__ import annotations

import ipaddress
import socket

import numpy as np
from numpy.typing import NDArray

from pclip.packets.flows.keys import split_last_word
from pclip.packets.flows.moments import Columns

TIMESTAMP_LENGTH = len("2023-11-01 09:43:40")
TIMESTAMP_SEPARATOR = TIMESTAMP_LENGTH - len(" 09:43:40")
MAPPED = 0xFFFF
"""Above the 32 bits of an IPv4 address in the lower word (RFC 4291, 2.5.5.2)."""


def identity_columns(state: Columns) -> Columns:
    """Columns "Flow ID" to "Timestamp", seen from the sender of each flow's first packet."""
    key, swap = state["key"], state["opened_high"]
    lower, higher = _address_words(key[:, :2], key[:, 2:4])
    protocol, lower_port, higher_port = split_last_word(key[:, 4])
    lower_port, higher_port = np.maximum(lower_port, 0), np.maximum(higher_port, 0)
    columns = {
        "Src IP": np.where(swap, higher, lower),
        "Src Port": np.where(swap, higher_port, lower_port),
        "Dst IP": np.where(swap, lower, higher),
        "Dst Port": np.where(swap, lower_port, higher_port),
        "Protocol": protocol,
    }
    identity = columns["Src IP"]
    for name, digits in (("Dst IP", 0), ("Src Port", 5), ("Dst Port", 5), ("Protocol", 3)):
        part = columns[name].astype(f"U{digits}") if digits else columns[name]
        identity = np.strings.add(np.strings.add(identity, "-"), part)
    times = state["first"].astype("datetime64[ns]")
    timestamp = np.datetime_as_string(times, unit="s").astype(f"U{TIMESTAMP_LENGTH}")
    timestamp.view("U1").reshape(len(key), TIMESTAMP_LENGTH)[:, TIMESTAMP_SEPARATOR] = " "
    return {"Flow ID": identity, **columns, "Timestamp": timestamp}


def _address_words(*halves: NDArray[np.uint64]) -> list[NDArray[np.str_]]:
    """Each uint64[n, 2] as text; a distinct address is written once."""
    together = np.concatenate(halves)
    order = np.lexsort((together[:, 1], together[:, 0]))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (together[order[1:]] != together[order[:-1]]).any(axis=1)
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(fresh) - 1
    distinct = together[order[fresh]].tolist()
    words = np.array([_address_text(high, low) for high, low in distinct], np.str_)
    return np.split(words[number], len(halves))


def _address_text(high: int, low: int) -> str:
    """128 bits as text, mapped addresses in dotted form."""
    if high == 0 and low >> 32 == MAPPED:
        return socket.inet_ntoa((low & 0xFFFFFFFF).to_bytes(4))
    return str(ipaddress.IPv6Address(high << 64 | low))
