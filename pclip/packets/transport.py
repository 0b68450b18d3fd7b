"""Transport headers: which protocols have ports, and how long each header is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pclip.packets.fields import Bytes, Positions, read_u8

ICMP, IGMP, TCP, UDP, DCCP, ICMPV6, SCTP, UDP_LITE = 1, 2, 6, 17, 33, 58, 132, 136
HEADER_BYTES = {
    ICMP: 8,
    IGMP: 8,
    TCP: 20,
    UDP: 8,
    DCCP: 12,
    ICMPV6: 8,
    SCTP: 12,
    UDP_LITE: 8,
}
"""Fixed part of each transport header that is understood."""

PORT_PROTOCOLS = (TCP, UDP, DCCP, SCTP, UDP_LITE)
PORT_BYTES = 4


def header_bytes(
    buffer: Bytes, start: Positions, stop: Positions, protocol: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Length of the transport header at each place; 0 for protocols that are not understood.

    A TCP data offset below 5 is a lie: the fixed 20 bytes are taken.

    Returns:
        int64[n], as the header says, which may be more than is there.
    """
    size = np.zeros(len(start), np.int64)
    for number, fixed in HEADER_BYTES.items():
        size[protocol == number] = fixed
    tcp = np.flatnonzero(protocol == TCP)
    stated = (read_u8(buffer, start[tcp] + 12, stop[tcp]) >> 4) * 4
    size[tcp] = np.maximum(stated, HEADER_BYTES[TCP])
    return size
