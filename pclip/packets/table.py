"""`PacketTable`: one row per capture record, NumPy columns over one shared byte buffer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SKIP_REASONS: tuple[str, ...] = (
    "",
    "empty record",
    "unknown link type",
    "truncated link header",
    "malformed link header",
    "not IP (ARP)",
    "not IP (802.3 LLC)",
    "not IP (LLDP)",
    "not IP (MPLS)",
    "not IP (PPPoE)",
    "not IP (PPP)",
    "not IP (EAPOL)",
    "not IP (other EtherType)",
    "truncated IP header",
    "malformed IP header",
    "truncated extension header",
    "too many extension headers",
)
"""Why a record was not decoded; code 0 is a decoded packet."""

SKIP_CODE: dict[str, int] = {reason: code for code, reason in enumerate(SKIP_REASONS)}


@dataclass(frozen=True, eq=False)
class PacketTable:
    """Packets of one or more captures; row order is file order.

    Attributes:
        buffer: uint8[total], the bytes of every capture, one after the other.
        offset: int64[n], first byte of the frame in `buffer`.
        captured_length: int32[n], bytes present.
        length: int32[n], bytes on the wire.
        time_ns: int64[n], nanoseconds since 1970.
        capture: int16[n], index into `captures`.
        index: int32[n], record number in its capture, from 0.
        link_type: uint16[n], LINKTYPE_ number.
        ip_version: uint8[n], 4, 6, or 0 where the frame holds no decoded IP.
        protocol: uint8[n], IP protocol after extension headers; 0 where there is none.
        source_address: uint8[n, 16], IPv4 as ::ffff:a.b.c.d, zeros where there is none. ARP rows
            carry the sender's and the target's protocol address.
        destination_address: uint8[n, 16], likewise.
        source_port: int32[n], -1 where there is none.
        destination_port: int32[n], likewise.
        tcp_flags: uint8[n], FIN = 1 ... CWR = 128; 0 where the packet is not TCP.
        tcp_window: int32[n], as sent (unscaled); -1 where the packet is not TCP.
        ttl: uint8[n], TTL or hop limit.
        network_offset: int32[n], first byte of the IP header, relative to the frame; -1 if none.
        transport_offset: int32[n], first byte of the transport header (TCP, UDP, ICMP, ICMPv6,
            IGMP, SCTP, DCCP, UDP-Lite); -1 for other protocols and for later fragments.
        payload_offset: int32[n], first byte after the last header that was understood.
        end_offset: int32[n], end of the IP datagram within the captured bytes (no link padding).
        skip_reason: uint8[n], code into `SKIP_REASONS`.
        captures: file names without folder.
        warnings: what the reader lost, in words; one entry a loss.
    """

    buffer: NDArray[np.uint8]
    offset: NDArray[np.int64]
    captured_length: NDArray[np.int32]
    length: NDArray[np.int32]
    time_ns: NDArray[np.int64]
    capture: NDArray[np.int16]
    index: NDArray[np.int32]
    link_type: NDArray[np.uint16]
    ip_version: NDArray[np.uint8]
    protocol: NDArray[np.uint8]
    source_address: NDArray[np.uint8]
    destination_address: NDArray[np.uint8]
    source_port: NDArray[np.int32]
    destination_port: NDArray[np.int32]
    tcp_flags: NDArray[np.uint8]
    tcp_window: NDArray[np.int32]
    ttl: NDArray[np.uint8]
    network_offset: NDArray[np.int32]
    transport_offset: NDArray[np.int32]
    payload_offset: NDArray[np.int32]
    end_offset: NDArray[np.int32]
    skip_reason: NDArray[np.uint8]
    captures: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.offset)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """bool[n]: IPv4 and IPv6 packets that were decoded; only they take part in learning."""
        return (self.skip_reason == 0) & (self.ip_version != 0)

    def take(self, indices: ArrayLike) -> PacketTable:
        """Rows by number (or by a bool[n] mask), in the order given; the buffer is shared."""
        rows = np.asarray(indices)
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        rows = rows.astype(np.int64, copy=False)
        return dataclasses.replace(
            self, **{name: getattr(self, name)[rows] for name in COLUMN_NAMES}
        )

    def describe_skips(self) -> dict[str, int]:
        """Number of records per skip reason, most frequent first."""
        counts = np.bincount(self.skip_reason, minlength=len(SKIP_REASONS))
        counts[0] = 0
        order = np.argsort(-counts, kind="stable")
        return {SKIP_REASONS[code]: int(counts[code]) for code in order if counts[code]}

    @classmethod
    def concatenate(cls, tables: Sequence[PacketTable]) -> PacketTable:
        """One table of all rows, in the order given.

        Raises:
            ValueError: no table was given.
        """
        if not tables:
            raise ValueError("PacketTable.concatenate needs at least one table, got none")
        if len(tables) == 1:
            return tables[0]
        columns = {
            name: np.concatenate([getattr(table, name) for table in tables])
            for name in COLUMN_NAMES
        }
        sizes = [len(table) for table in tables]
        buffer_starts = np.cumsum([0, *(table.buffer.size for table in tables[:-1])])
        capture_starts = np.cumsum([0, *(len(table.captures) for table in tables[:-1])])
        columns["offset"] = columns["offset"] + np.repeat(buffer_starts, sizes)
        columns["capture"] = (columns["capture"] + np.repeat(capture_starts, sizes)).astype(
            np.int16
        )
        return cls(
            buffer=np.concatenate([table.buffer for table in tables]),
            captures=tuple(name for table in tables for name in table.captures),
            warnings=tuple(warning for table in tables for warning in table.warnings),
            **columns,
        )


COLUMN_NAMES: tuple[str, ...] = tuple(
    field.name
    for field in dataclasses.fields(PacketTable)
    if field.name not in ("buffer", "captures", "warnings")
)
"""Names of the per-row columns."""
