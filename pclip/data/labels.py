"""The label rule of the testbed: who, whom, from when to when."""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import BENIGN, CLASSES
from pclip.errors import PclipError
from pclip.packets import PacketTable

COLUMNS = ("pcap", "start", "stop", "class", "attacker", "victim", "command")
ANY_VICTIM = "*"
COMPRESSED_SUFFIXES = (".xz", ".gz")
NS_PER_S = 1_000_000_000
END_OF_PCAP_TIME_S = 2**32
"""A capture counts seconds in 32 bits."""


@dataclass(frozen=True)
class LabelRule:
    """One row of labels.csv.

    Attributes:
        capture: file name of the capture, without a compression suffix.
        start_ns: first nanosecond since 1970 of the attack.
        stop_ns: last one.
        class_index: index into `CLASSES`.
        attacker: 16 bytes, IPv4 as ::ffff:a.b.c.d.
        victim: likewise; None stands for any.
        command: what was run.
    """

    capture: str
    start_ns: int
    stop_ns: int
    class_index: int
    attacker: bytes
    victim: bytes | None
    command: str


def read_label_rules(path: Path) -> tuple[LabelRule, ...]:
    """Read a labels.csv.

    Args:
        path: columns pcap, start, stop, class, attacker, victim, command; times in seconds since
            1970, victim `*` for any.

    Returns:
        The rules in file order.

    Raises:
        PclipError: the file is missing or malformed; line and column are named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PclipError(f"cannot read labels from {path}: {error}") from error
    reader = csv.reader(io.StringIO(text), strict=True)
    rules: list[LabelRule] = []
    try:
        header = tuple(next(reader, []))
        if header != COLUMNS:
            raise PclipError(
                f"{path}, line 1: columns {', '.join(header) or 'none'}; "
                f"expected {', '.join(COLUMNS)}"
            )
        for cells in reader:
            if cells:
                rules.append(_parse_rule(cells, f"{path}, line {reader.line_num}"))
    except csv.Error as error:
        raise PclipError(f"{path}, line {reader.line_num}: not a CSV row ({error})") from error
    return tuple(rules)


def apply_label_rules(packets: PacketTable, rules: Sequence[LabelRule]) -> NDArray[np.int8]:
    """Class of each packet.

    A packet has a rule's class if its two addresses are {attacker, victim}, in either direction,
    and its time lies in [start, stop]; with victim `*` one address is the attacker's. The first
    rule that holds counts; everything else is Benign.

    Args:
        packets: n rows (ARP rows go by their protocol addresses).
        rules: from `read_label_rules`.

    Returns:
        int8[n], index into `CLASSES`.
    """
    labels = np.full(len(packets), CLASSES.index(BENIGN), np.int8)
    undecided = np.ones(len(packets), bool)
    names = [_without_compression(name) for name in packets.captures]
    for name in sorted({rule.capture for rule in rules}):
        numbers = [number for number, capture in enumerate(names) if capture == name]
        rows = np.flatnonzero(np.isin(packets.capture, numbers))
        time = packets.time_ns[rows]
        source, destination = packets.source_address[rows], packets.destination_address[rows]
        for rule in rules:
            if rule.capture != name:
                continue
            holds = (time >= rule.start_ns) & (time <= rule.stop_ns) & undecided[rows]
            if rule.victim is None:
                holds &= _equals(source, rule.attacker) | _equals(destination, rule.attacker)
            else:
                there = _equals(source, rule.attacker) & _equals(destination, rule.victim)
                back = _equals(source, rule.victim) & _equals(destination, rule.attacker)
                holds &= there | back
            labels[rows[holds]] = rule.class_index
            undecided[rows[holds]] = False
    return labels


def _parse_rule(cells: list[str], where: str) -> LabelRule:
    if len(cells) != len(COLUMNS):
        raise PclipError(f"{where}: {len(cells)} columns, expected {len(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=True))
    if not row["pcap"]:
        raise PclipError(f"{where}, column pcap: empty, expected the name of a capture")
    if row["class"] not in CLASSES:
        raise PclipError(
            f"{where}, column class: {row['class']!r}; the classes are {', '.join(CLASSES)}"
        )
    start, stop = (_nanoseconds(row[name], f"{where}, column {name}") for name in COLUMNS[1:3])
    if stop < start:
        raise PclipError(f"{where}, column stop: {row['stop']} is before start {row['start']}")
    anyone = row["victim"] == ANY_VICTIM
    return LabelRule(
        capture=_without_compression(row["pcap"]),
        start_ns=start,
        stop_ns=stop,
        class_index=CLASSES.index(row["class"]),
        attacker=_address(row["attacker"], f"{where}, column attacker"),
        victim=None if anyone else _address(row["victim"], f"{where}, column victim"),
        command=row["command"],
    )


def _nanoseconds(text: str, where: str) -> int:
    """Decimal seconds as integer nanoseconds; a float would move a boundary by 100 ns."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    # Comparing a NaN of Decimal raises, so finiteness comes first.
    if not (value.is_finite() and 0 <= value < END_OF_PCAP_TIME_S):
        raise PclipError(f"{where}: {text!r}, expected seconds since 1970 such as 1795405107.2")
    return int(value * NS_PER_S)


def _address(text: str, where: str) -> bytes:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise PclipError(f"{where}: {text!r}, expected an IP address") from None
    if address.version == 4:
        return bytes(10) + b"\xff\xff" + address.packed
    return address.packed


def _without_compression(name: str) -> str:
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _equals(addresses: NDArray[np.uint8], address: bytes) -> NDArray[np.bool_]:
    return (addresses == np.frombuffer(address, np.uint8)).all(axis=1)
