"""The label rule of recordings: who, whom, from when to when, over what."""

from __future__ import annotations

import csv
import io
import ipaddress
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pclip.data.classes import BENIGN, CLASSES, GROUP_NAME_OF_CLASS
from pclip.errors import PclipError
from pclip.packets import PacketTable, conversation

logger = logging.getLogger("pclip")

MOST_NAMED = 12
COLUMNS = ("pcap", "start", "stop", "class", "attacker", "victim", "command")
LAB_COLUMNS = (
    "pcap", "start", "stop", "class", "group", "attacker", "victim", "protocol", "ports", "round",
    "event", "tool", "mode", "technique", "command",
)  # fmt: skip
"""What `python -m testbed` writes: overlapping attacks need more to be told apart."""

PROTOCOLS: dict[str, frozenset[int]] = {
    "any": frozenset(),
    "icmp": frozenset({1, 58}),
    "tcp": frozenset({6}),
    "udp": frozenset({17}),
}
ANY_PORT = "*"
ANY_VICTIM = "*"
COMPRESSED_SUFFIXES = (".xz", ".gz", ".zst")
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
        class_index: index into `CLASSES`, or into the classes that the rules were read with.
        attacker: 16 bytes, IPv4 as ::ffff:a.b.c.d.
        victim: likewise; None stands for any.
        command: what was run.
        protocols: IP protocol numbers; empty for any. An ICMP error counts as what it quotes.
        ports: of the victim; empty for any.
        tool: the program, "" where the file does not say.
        mode: what the program did, likewise.
    """

    capture: str
    start_ns: int
    stop_ns: int
    class_index: int
    attacker: bytes
    victim: bytes | None
    command: str
    protocols: frozenset[int] = frozenset()
    ports: frozenset[int] = frozenset()
    tool: str = ""
    mode: str = ""


def read_label_rules(
    path: Path, groups: Mapping[str, str] = GROUP_NAME_OF_CLASS
) -> tuple[LabelRule, ...]:
    """Read a labels.csv.

    Args:
        path: columns `COLUMNS` or `LAB_COLUMNS`; times in seconds since 1970, victim and ports
            `*` for any, several ports apart by spaces.
        groups: the classes that there are -> their groups.

    Returns:
        The rules in file order.

    Raises:
        PclipError: the file is missing or malformed; line and column are named.
    """
    try:
        # Spreadsheets put a mark of the encoding before the first column's name.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PclipError(
            f"cannot read labels from {path}: {error.strerror}; a dataset's folder holds captures "
            "and labels.csv"
        ) from error
    except UnicodeDecodeError as error:
        raise PclipError(f"cannot read labels from {path}: {error}") from error
    reader = csv.reader(io.StringIO(text), strict=True)
    rules: list[LabelRule] = []
    try:
        header = tuple(next(reader, []))
        if header not in (COLUMNS, LAB_COLUMNS):
            raise PclipError(
                f"{path}, line 1: columns {', '.join(header) or 'none'}; "
                f"expected {', '.join(COLUMNS)}, or {', '.join(LAB_COLUMNS)}" + _odd(header)
            )
        for cells in reader:
            if cells:
                where = f"{path}, line {reader.line_num}"
                rules.append(_parse_rule(header, cells, where, groups))
    except csv.Error as error:
        raise PclipError(f"{path}, line {reader.line_num}: not a CSV row ({error})") from error
    return tuple(rules)


def apply_label_rules(packets: PacketTable, rules: Sequence[LabelRule]) -> NDArray[np.int8]:
    """Class of each packet.

    A packet has a rule's class if its two addresses are {attacker, victim}, in either direction,
    its time lies in [start, stop] and, where the rule names them, its protocol and its port on
    the victim's side are among the rule's; with victim `*` one address is the attacker's. The
    first rule that holds counts; everything else is Benign.

    Args:
        packets: n rows (ARP rows go by their protocol addresses).
        rules: from `read_label_rules`.

    Returns:
        int8[n], index into `CLASSES`.
    """
    return class_of_rules(rules)[match_label_rules(packets, rules)]


def class_of_rules(rules: Sequence[LabelRule]) -> NDArray[np.int8]:
    """int8[rules + 1]: class of each rule; the last, number -1, is Benign: no rule held."""
    return np.array([*(rule.class_index for rule in rules), CLASSES.index(BENIGN)], np.int8)


def match_label_rules(packets: PacketTable, rules: Sequence[LabelRule]) -> NDArray[np.int32]:
    """Number of the first rule that holds for each packet, int32[n], -1 where none does."""
    found = np.full(len(packets), -1, np.int32)
    talk = conversation(packets)
    names = [without_compression(name) for name in packets.captures]
    for name in sorted({rule.capture for rule in rules}):
        numbers = [number for number, capture in enumerate(names) if capture == name]
        rows = np.flatnonzero(np.isin(packets.capture, numbers))
        time = packets.time_ns[rows]
        source, destination = packets.source_address[rows], packets.destination_address[rows]
        for number, rule in enumerate(rules):
            if rule.capture != name:
                continue
            holds = (time >= rule.start_ns) & (time <= rule.stop_ns) & (found[rows] < 0)
            if rule.protocols:
                holds &= np.isin(talk.protocol[rows], list(rule.protocols))
            there, back = _equals(source, rule.attacker), _equals(destination, rule.attacker)
            if rule.victim is not None:
                there &= _equals(destination, rule.victim)
                back &= _equals(source, rule.victim)
            if rule.ports:
                there &= np.isin(talk.destination_port[rows], list(rule.ports))
                back &= np.isin(talk.source_port[rows], list(rule.ports))
            found[rows[holds & (there | back)]] = number
    return found


def warn_of_unnamed(path: Path, captures: Sequence[str], rules: Sequence[LabelRule]) -> None:
    """Say which captures no rule names: all their packets become Benign.

    Args:
        path: of the labels.csv.
        captures: names of the captures beside it.
        rules: its rows.
    """
    named = {rule.capture for rule in rules}
    unnamed = [name for name in captures if without_compression(name) not in named]
    if not unnamed or not rules:
        return
    more = f" and {len(unnamed) - MOST_NAMED} more" if len(unnamed) > MOST_NAMED else ""
    logger.warning(
        "no row of %s names %s%s: every packet of %s is Benign; give attacks in them a row, or "
        "take them out of the folder",
        path, ", ".join(unnamed[:MOST_NAMED]), more, "it" if len(unnamed) == 1 else "them",
    )  # fmt: skip


def _odd(header: tuple[str, ...]) -> str:
    strange = [name for name in header if name not in LAB_COLUMNS]
    return f"; none of them is called {', '.join(strange)}" if strange else ""


def _parse_rule(
    columns: tuple[str, ...], cells: list[str], where: str, groups: Mapping[str, str]
) -> LabelRule:
    if len(cells) != len(columns):
        raise PclipError(f"{where}: {len(cells)} columns, expected {len(columns)}")
    row = {"protocol": "any", "ports": ANY_PORT, "tool": "", "mode": "", "group": ""} | dict(
        zip(columns, cells, strict=True)
    )
    if not row["pcap"]:
        raise PclipError(f"{where}, column pcap: empty, expected the name of a capture")
    if row["class"] not in groups:
        raise PclipError(
            f"{where}, column class: {row['class']!r}; the classes are {', '.join(groups)}"
        )
    group = groups[row["class"]]
    if row["group"] not in ("", group):
        raise PclipError(
            f"{where}, column group: {row['group']!r}, but {row['class']} is of {group}"
        )
    if row["protocol"] not in PROTOCOLS:
        raise PclipError(
            f"{where}, column protocol: {row['protocol']!r}, expected {', '.join(PROTOCOLS)}"
        )
    start, stop = (_nanoseconds(row[name], f"{where}, column {name}") for name in COLUMNS[1:3])
    if stop < start:
        raise PclipError(f"{where}, column stop: {row['stop']} is before start {row['start']}")
    anyone = row["victim"] == ANY_VICTIM
    return LabelRule(
        capture=without_compression(row["pcap"]),
        start_ns=start,
        stop_ns=stop,
        class_index=list(groups).index(row["class"]),
        attacker=_address(row["attacker"], f"{where}, column attacker"),
        victim=None if anyone else _address(row["victim"], f"{where}, column victim"),
        command=row["command"],
        protocols=PROTOCOLS[row["protocol"]],
        ports=_ports(row["ports"], f"{where}, column ports"),
        tool=row["tool"],
        mode=row["mode"],
    )


def _ports(text: str, where: str) -> frozenset[int]:
    if text == ANY_PORT:
        return frozenset()
    words = text.split()
    # The length first: Python refuses to read a number of thousands of digits.
    if not words or not all(
        len(w) <= 5 and w.isdecimal() and w.isascii() and int(w) < 2**16 for w in words
    ):
        raise PclipError(
            f"{where}: {text[:80]!r}, expected ports such as 80 443 (0 to 65535), or {ANY_PORT}"
        )
    return frozenset(int(word) for word in words)


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


def without_compression(name: str) -> str:
    """A capture's file name without the suffix of its compression."""
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _equals(addresses: NDArray[np.uint8], address: bytes) -> NDArray[np.bool_]:
    return (addresses == np.frombuffer(address, np.uint8)).all(axis=1)
