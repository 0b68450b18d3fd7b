"""Rows of the payload CSV as frames: raw IP packets with the headers that the columns give.

A payload row has lost its headers but for addresses, ports, protocol, TTL and length. Of the IP,
TCP, UDP and ICMP header that is written here, every other field is zero: flags, sequence numbers,
windows, checksums, type and code of ICMP. TCP options were as long as `total_len` says, and are
zeros too, so that the payload stands where it stood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pclip.data.aci_iot.cells import parse_column, parse_label, true_dates
from pclip.data.aci_iot.csv_batches import CsvBatch
from pclip.data.aci_iot.facts import ALL_CLASSES
from pclip.data.aci_iot.findings import Findings
from pclip.data.aci_iot.frames import Frames, frame_counts
from pclip.data.aci_iot.options import AciOptions
from pclip.data.flow_csv_cells import (
    MAPPED,
    Remembered,
    parse_address,
    parse_port,
    parse_protocol,
    timestamp_parser,
)
from pclip.data.flow_csv_layout import CICFLOWMETER_TIMES, FlowCsvLayout

RAW_IP = 101
NO_PAYLOAD = frozenset({"", "0", "nan", "None"})
HEX = re.compile(r"(?:[0-9a-fA-F])*")
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
LEAST_TRANSPORT = {ICMP: 8, TCP: 20, UDP: 8, ICMPV6: 8}
MOST_TCP_HEADER = 60
IPV4_HEADER, IPV6_HEADER = 20, 40
MOST_LENGTH = 65_535
TIMES = FlowCsvLayout(
    timestamps=("epoch_s", "epoch_ms", "epoch_us", "epoch_ns", *CICFLOWMETER_TIMES)
)


def payload_frames(batch: CsvBatch, options: AciOptions) -> tuple[Frames, Findings]:
    """The batch's rows as frames, and what was odd about them.

    Raises:
        PclipError: a cell that cannot be read; file, line and column are named.
    """

    def column(name: str, parse: Callable[[str], Any], expected: str) -> list:
        cells = [row[batch.columns.index(name)] for row in batch.rows]
        return parse_column(parse, cells, batch.lines, batch.path, name, expected)

    address, port = Remembered(parse_address), Remembered(parse_port)
    where = "an IP address"
    source = _bytes16(column("srcip", address.__getitem__, where))
    target = _bytes16(column("dstip", address.__getitem__, where))
    ports = np.array(
        [column(name, port.__getitem__, "a port from 0 to 65535") for name in ("sport", "dsport")],
        np.int64,
    ).reshape(2, -1)
    protocol = np.array(
        column("protocol_m", Remembered(parse_protocol).__getitem__, "a protocol such as tcp"),
        np.int64,
    )
    ttl = np.array(column("sttl", _byte, "a TTL from 0 to 255"), np.int64)
    stated = np.array(column("total_len", _length, "a length in bytes"), np.int64)
    texts = column("payload", _hex_text, "hexadecimal digits, or 0 for none")
    payloads = [bytes.fromhex(text[: len(text) & ~1]) for text in texts]
    times = column(
        "stime", Remembered(timestamp_parser(TIMES)).__getitem__, "a time, as seconds since 1970"
    )
    labels = column("label", parse_label, f"one of {', '.join(ALL_CLASSES)}")
    time_ns, swapped = true_dates(np.array([ns for ns, _ in times], np.int64))
    mapped = np.frombuffer(MAPPED, np.uint8)
    version = np.where((source[:, :12] == mapped).all(1) & (target[:, :12] == mapped).all(1), 4, 6)
    sizes = np.array([len(payload) for payload in payloads], np.int64)
    buffer, offset, present, length, short = _packets(
        version, source, target, np.maximum(ports, 0), protocol, ttl, stated, sizes,
        np.frombuffer(b"".join(payloads), np.uint8),
    )  # fmt: skip
    count = len(batch.rows)
    frames = Frames(
        capture=batch.number,
        name=batch.path.name,
        buffer=buffer,
        offset=offset,
        captured_length=present.astype(np.int32),
        length=length.astype(np.int32),
        time_ns=time_ns,
        link_type=np.full(count, RAW_IP, np.uint16),
        index=batch.first + np.arange(count, dtype=np.int64),
        label=np.array(labels, np.int16),
        connection=np.full(count, ""),
    )
    odd = sum(len(text) % 2 for text in texts)
    return frames, Findings(
        frame_counts(frames, options)
        | {
            "payload CSV/rows": count,
            "payload CSV/empty rows": batch.empty,
            "payload CSV/without payload": int((sizes == 0).sum()),
            "payload CSV/hex of odd length, last digit dropped": odd,
            "payload CSV/total_len below headers and payload": int(short.sum()),
            "payload CSV/day and month swapped": int(swapped.sum()),
        }
    )


def _packets(
    version: NDArray, source: NDArray, target: NDArray, ports: NDArray, protocol: NDArray,
    ttl: NDArray, stated: NDArray, sizes: NDArray, payload: NDArray[np.uint8],
) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray[np.bool_]]:  # fmt: skip
    """Buffer, offsets, bytes present, lengths on the wire, and which lengths were too small."""
    network = np.where(version == 4, IPV4_HEADER, IPV6_HEADER)
    least = np.zeros(len(version), np.int64)
    for number, size in LEAST_TRANSPORT.items():
        least[protocol == number] = size
    # What the stated length leaves between IP header and payload is TCP's header with options.
    left = (stated - network - sizes) & ~3
    fits = (protocol == TCP) & (left >= least) & (left <= MOST_TCP_HEADER)
    transport = np.where(fits, left, least)
    short = stated < network + transport + sizes
    length = np.minimum(np.maximum(stated, network + transport + sizes), MOST_LENGTH)
    present = network + transport + sizes
    offset = np.cumsum(present) - present
    buffer = np.zeros(int(present.sum()), np.uint8)

    four, six = version == 4, version == 6
    head = np.zeros((int(four.sum()), IPV4_HEADER), np.uint8)
    head[:, 0] = 0x45
    head[:, 2:4] = _u16(length[four])
    head[:, 8], head[:, 9] = ttl[four], protocol[four]
    head[:, 12:16], head[:, 16:20] = source[four, 12:], target[four, 12:]
    _place(buffer, offset[four], head)
    head = np.zeros((int(six.sum()), IPV6_HEADER), np.uint8)
    head[:, 0] = 0x60
    head[:, 4:6] = _u16(np.maximum(length[six] - IPV6_HEADER, 0))
    head[:, 6], head[:, 7] = protocol[six], ttl[six]
    head[:, 8:24], head[:, 24:40] = source[six], target[six]
    _place(buffer, offset[six], head)

    begins = offset + network
    with_ports = np.isin(protocol, (TCP, UDP))
    both = np.concatenate([_u16(ports[0, with_ports]), _u16(ports[1, with_ports])], axis=1)
    _place(buffer, begins[with_ports], both)
    tcp, udp = protocol == TCP, protocol == UDP
    _place(buffer, begins[tcp] + 12, (transport[tcp, None] // 4 << 4).astype(np.uint8))
    _place(buffer, begins[udp] + 4, _u16((length - network)[udp]))
    # Consecutive bytes of all payloads, each moved to its packet.
    shift = begins + transport - (np.cumsum(sizes) - sizes)
    buffer[np.arange(len(payload)) + np.repeat(shift, sizes)] = payload
    return buffer, offset, present, length, short


def _place(buffer: NDArray[np.uint8], at: NDArray, what: NDArray) -> None:
    buffer[at[:, None] + np.arange(what.shape[1])] = what


def _u16(values: NDArray) -> NDArray[np.uint8]:
    return values.astype(">u2").view(np.uint8).reshape(-1, 2)


def _bytes16(values: list[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, 16)


def _byte(text: str) -> int:
    number = int(text.strip().removesuffix(".0"))
    if not 0 <= number < 256:
        raise ValueError(text)
    return number


def _length(text: str) -> int:
    number = int(text.strip().removesuffix(".0"))
    if not 0 <= number < 2**31:
        raise ValueError(text)
    return number


def _hex_text(text: str) -> str:
    text = text.strip()
    if text in NO_PAYLOAD:
        return ""
    if not HEX.fullmatch(text) or len(text) > 2 * MOST_LENGTH:
        raise ValueError(text)
    return text
