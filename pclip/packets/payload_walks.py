"""Names in messages whose fields move: DNS, TLS, MQTT. Reads stay within what is looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8, read_u16
from pclip.packets.options import Layout, Ranges, walk

DNS_PORTS = (53, 5353, 5355, 137)
MQTT_PORT = 1883

_DNS_HEADER_BYTES = 12
_POINTER = 0xC0

_HANDSHAKE, _TLS_MAJOR = 22, 3
_RECORD = Layout(length_at=3, length_bytes=2, uncounted=5, least=5)
# The length has three bytes, of which the first is 0 in all that fits a packet.
_MESSAGE = Layout(length_at=2, length_bytes=2, uncounted=4, least=4)
_EXTENSION = Layout(kind_bytes=2, length_at=2, length_bytes=2, uncounted=4, least=4)
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_NAMING_MESSAGES = (4, 11, 12, 13, 15, 16, 22)
"""Ticket, certificate, key exchanges, certificate request, verify and status."""

_NAMING_EXTENSIONS = (0, 35, 41, 44, 51)
"""Server name, ticket, pre-shared key, cookie, key share."""

_RANDOM_AT, _RANDOM_BYTES = 6, 32


def dns(buffer: Bytes, row: NDArray[np.int64], place: Positions, end: Positions) -> list[Ranges]:
    """Transaction, names, times to live and data of DNS messages (RFC 1035, 4.1).

    Args:
        buffer: uint8[total].
        row: int64[n], row of each message.
        place: int64[n], its first byte.
        end: int64[n], first byte that is not looked at.
    """
    ranges = [(row, place, np.minimum(place + 2, end))]
    questions = read_u16(buffer, place + 4, end)
    records = read_u16(buffer, place + 6, end)
    for at in (8, 10):
        records = records + read_u16(buffer, place + at, end)
    place = place + _DNS_HEADER_BYTES
    while True:
        going = (place < end) & (questions + records > 0)
        row, place, end, questions, records = (
            values[going] for values in (row, place, end, questions, records)
        )
        if not len(row):
            return ranges
        after = _name_end(buffer, place, end)
        ranges.append((row, place, np.minimum(after, end)))
        asked = questions > 0
        data = after + 10
        size = read_u16(buffer, after + 8, end)
        told = np.flatnonzero(~asked)
        for first, last in ((after + 4, after + 8), (data, data + size)):
            ranges.append((row[told], first[told], np.minimum(last, end)[told]))
        place = np.where(asked, after + 4, data + size)
        questions, records = questions - asked, records - ~asked


def _name_end(buffer: Bytes, place: Positions, end: Positions) -> Positions:
    """First byte after the name at each place: labels up to an empty one or a pointer."""
    place = place.copy()
    going = np.arange(len(place))
    while len(going):
        size = read_u8(buffer, place[going], end[going])
        pointer = size >= _POINTER
        place[going] += np.where(pointer, 2, size + 1)
        going = going[~pointer & (size > 0)]
    return place


def tls(buffer: Bytes, row: NDArray[np.int64], place: Positions, end: Positions) -> list[Ranges]:
    """Names and one-time numbers of TLS handshakes that begin a payload (RFC 8446, 4; 5246, 7.4).

    Args: as `dns`.
    """
    begins = (read_u8(buffer, place, end) == _HANDSHAKE) & (
        read_u8(buffer, place + 1, end) == _TLS_MAJOR
    )
    row, place, end = row[begins], place[begins], end[begins]
    records = walk(buffer, place, end, end, _RECORD)
    plain = np.flatnonzero(records.kind == _HANDSHAKE)
    row = row[records.area[plain]]
    messages = walk(
        buffer, records.place[plain] + 5, records.after[plain], records.after[plain], _MESSAGE
    )
    row, kind, place, end = row[messages.area], messages.kind, messages.place, messages.after
    naming = np.isin(kind, _NAMING_MESSAGES)
    ranges = [(row[naming], place[naming] + 4, end[naming])]
    hello = np.isin(kind, (_CLIENT_HELLO, _SERVER_HELLO))
    row, kind, place, end = (values[hello] for values in (row, kind, place, end))
    session = place + _RANDOM_AT + _RANDOM_BYTES
    at = session + 1 + read_u8(buffer, session, end)
    ranges.append((row, place + _RANDOM_AT, np.minimum(session, end)))
    ranges.append((row, session + 1, np.minimum(at, end)))
    # A client offers lists of suites and compressions, a server names one of each.
    methods = at + 2 + read_u16(buffer, at, end)
    offered = methods + 1 + read_u8(buffer, methods, end)
    at = np.where(kind == _CLIENT_HELLO, offered, at + 3)
    extensions = walk(buffer, at + 2, end, end, _EXTENSION)
    chosen = np.flatnonzero(np.isin(extensions.kind, _NAMING_EXTENSIONS))
    found, first = row[extensions.area[chosen]], extensions.place[chosen] + 4
    ranges.append((found, first, extensions.after[chosen]))
    return ranges


def mqtt(buffer: Bytes, row: NDArray[np.int64], place: Positions, end: Positions) -> list[Ranges]:
    """Client, will, user and password of CONNECT (MQTT 3.1.1, 3.1). Args: as `dns`."""
    connects = read_u8(buffer, place, end) == 0x10
    row, place, end = row[connects], place[connects], end[connects]
    at = place + 1
    # The remaining length takes one to four bytes; all but its last have the highest bit.
    for _ in range(3):
        at = at + ((read_u8(buffer, at, end) >= 0x80) & (at < place + 4))
    name = at + 1
    client = name + 2 + read_u16(buffer, name, end) + 4
    return [(row, client + 2, end)]
