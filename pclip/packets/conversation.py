"""Whose talk a packet belongs to: protocol and ports, those of its quote for an ICMP error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import read_u16
from pclip.packets.network import decode_ip
from pclip.packets.table import PacketTable
from pclip.packets.transport import PORT_PROTOCOLS
from pclip.packets.zeroed_fields import QUOTE_OFFSET, QUOTING_TYPES

NO_PORT = -1


class Conversation(NamedTuple):
    """What n packets are about.

    Attributes:
        protocol: uint8[n]; of an ICMP error the quoted packet's.
        source_port, destination_port: int32[n], -1 where there are none. A quoted packet went the
            other way, so its ports are exchanged.
    """

    protocol: NDArray[np.uint8]
    source_port: NDArray[np.int32]
    destination_port: NDArray[np.int32]


def conversation(packets: PacketTable) -> Conversation:
    """Protocol and ports of each packet, read through the quote of an ICMP error (RFC 792, 4443).

    A quote that cannot be read leaves its packet as the ICMP packet that it is.
    """
    protocol = packets.protocol.copy()
    source, destination = packets.source_port.copy(), packets.destination_port.copy()
    rows = np.flatnonzero(packets.usable & (packets.transport_offset >= 0))
    header = packets.offset[rows] + packets.transport_offset[rows]
    end = packets.offset[rows] + packets.end_offset[rows]
    inside = header < end
    message = packets.buffer[np.where(inside, header, 0)]
    for number, types in QUOTING_TYPES.items():
        chosen = inside & (packets.protocol[rows] == number) & np.isin(message, types)
        stop = end[chosen]
        quoted = decode_ip(packets.buffer, header[chosen] + QUOTE_OFFSET, stop)
        read = quoted.reason == 0
        place, stop, row = quoted.payload[read], stop[read], rows[chosen][read]
        inner = quoted.protocol[read]
        protocol[row] = inner
        whole = np.isin(inner, PORT_PROTOCOLS) & quoted.first_fragment[read] & (place + 4 <= stop)
        source[row] = np.where(whole, read_u16(packets.buffer, place + 2, stop), NO_PORT)
        destination[row] = np.where(whole, read_u16(packets.buffer, place, stop), NO_PORT)
    return Conversation(protocol, source, destination)
