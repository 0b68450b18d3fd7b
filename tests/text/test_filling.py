"""Slots and their values in sentences: what is read, how it is rounded, articles and units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.text.filling import Sentence, SlotColumn, slot_columns
from pclip.text.slot_values import COUNT, MEASURED, article, two_digits
from pclip.text.slots import SLOT, SLOTS
from pclip.text.slotted_templates import SLOTTED_TEMPLATES

ROW: dict[str, float] = {
    "Protocol": 6,
    "Flow Duration": 2_512.0,
    "Total Fwd Packet": 5,
    "Total Bwd packets": 1,
    "Total Length of Fwd Packet": 1_234.0,
    "Total Length of Bwd Packet": 0.0,
    "Fwd Packet Length Mean": 246.8,
    "Bwd Packet Length Mean": 0.0,
    "Packet Length Mean": 205.7,
    "Packet Length Max": 730.0,
    "Packet Length Min": 0.0,
    "Flow Bytes/s": 491_242.0,
    "Flow Packets/s": 2_388.5,
    "Flow IAT Mean": 502.4,
    "SYN Flag Count": 2,
    "FIN Flag Count": 0,
    "RST Flag Count": 1,
    "PSH Flag Count": 1,
    "ACK Flag Count": 5,
}
# What tells who, where, when or which class.
IDENTITY = {"Flow ID", "Src IP", "Dst IP", "Src Port", "Dst Port", "Timestamp", "Label"}

SENTENCES = (
    "This TCP flow lasts 0.0025 seconds and carries 6 packets.",
    "This TCP flow sends 5 packets forward and 1 packet backward.",
    "The TCP exchange moves 1,200 bytes of payload forward and 0 bytes backward.",
    "The TCP conversation proceeds at 2,400 packets per second and 490,000 bytes per second.",
    "Within 0.0025 seconds, this TCP exchange transfers 1,200 bytes of payload.",
    "This brief TCP flow consists of 6 packets carrying 1,200 bytes of payload in total.",
    "In this TCP flow of 6 packets, the average gap between packets is 0.50 milliseconds.",
    "The packets of this TCP flow carry 210 bytes of payload on average.",
    "On average, this TCP flow has 250 bytes of payload in a forward packet and 0 bytes in a "
    "backward packet.",
    "In this brief TCP flow, the largest packet holds 730 bytes of payload and the smallest holds "
    "0 bytes.",
    "This TCP connection of 6 packets shows 2 SYN flags, 5 ACK flags and 1 RST flag.",
    "Among its 6 packets, the brief TCP session counts 1 PSH flag and 0 FIN flags.",
    "This brief TCP flow sends 100 percent of its 1,200 bytes of payload forward.",
    "Over TCP, this flow sends 5 packets forward with 1,200 bytes of payload and gets 1 packet "
    "backward with 0 bytes.",
    "This TCP flow takes 0.0025 seconds, at 2,400 packets per second.",
    "At 490,000 bytes per second, the brief TCP flow delivers 1,200 bytes of payload.",
)


def say(sentence: str, row: Mapping[str, float]) -> str:
    columns = slot_columns(
        SLOT.findall(sentence), {name: np.array([value]) for name, value in row.items()}
    )
    assert all(column.known.all() for column in columns.values())
    (text,) = Sentence(sentence).fill(columns, np.array([0]))
    return text


def known(slot: str, row: Mapping[str, float]) -> bool:
    columns = {name: np.array([float(value)]) for name, value in row.items()}
    return bool(SlotColumn.of(slot, columns).known[0])


@pytest.mark.parametrize(
    ("template", "sentence"), [*zip(SLOTTED_TEMPLATES, SENTENCES, strict=True)]
)
def test_templates_by_hand(template: str, sentence: str) -> None:
    assert say(template, ROW) == sentence


def test_there_are_enough_templates_and_each_slot_is_in_one_once() -> None:
    assert len(set(SLOTTED_TEMPLATES)) == len(SLOTTED_TEMPLATES) >= 12
    for template in SLOTTED_TEMPLATES:
        names = SLOT.findall(template)
        assert len(set(names)) == len(names)
        assert "PROTOCOL" in names
    assert {name for template in SLOTTED_TEMPLATES for name in SLOT.findall(template)} == set(SLOTS)


def test_slots_read_no_identity() -> None:
    read = {column for slot in SLOTS.values() for column in slot.columns}
    assert read == set(ROW)
    assert not read & IDENTITY


# A lone packet: no duration, rate or gap, and nothing came back.
LONE = ROW | {
    "Flow Duration": 0.0,
    "Flow Packets/s": math.inf,
    "Flow Bytes/s": math.nan,
    "Flow IAT Mean": 0.0,
    "Total Fwd Packet": 1,
    "Total Bwd packets": 0,
    "Total Length of Fwd Packet": 0.0,
}
UNKNOWN_OF_LONE = {
    "DURATION_S", "MEAN_GAP_MS", "PACKET_RATE", "BYTE_RATE", "FORWARD_SHARE", "BACKWARD_MEAN_BYTES",
}  # fmt: skip


def test_what_a_lone_packet_lacks() -> None:
    assert {name for name in SLOTS if not known(name, LONE)} == UNKNOWN_OF_LONE


@pytest.mark.parametrize("slot", [f"{flag}_FLAGS" for flag in ("SYN", "ACK", "FIN")])
def test_only_tcp_has_flags(slot: str) -> None:
    assert known(slot, ROW)
    assert not known(slot, ROW | {"Protocol": 17})


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, 1e16])
def test_a_number_that_means_nothing_is_not_known(value: float) -> None:
    broken = dict.fromkeys(ROW, value)
    assert {name for name in SLOTS if known(name, broken)} == {"PROTOCOL"}
    assert say("It uses <PROTOCOL>.", broken) == "It uses unknown-protocol."


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        (1, "ICMP"),
        (17.0, "UDP"),
        (58, "ICMPv6"),
        (255, "IP-protocol-255"),
        (256, "unknown-protocol"),
    ],
)
def test_protocols(protocol: float, name: str) -> None:
    assert say("It uses <PROTOCOL>.", ROW | {"Protocol": protocol}) == f"It uses {name}."


@pytest.mark.parametrize(
    ("microseconds", "word"),
    [(0, "momentary"), (999, "momentary"), (1e3, "brief"), (1e6, "sustained"), (6e7, "long-lived")],
)
def test_lifetimes(microseconds: float, word: str) -> None:
    row = ROW | {"Flow Duration": microseconds}
    assert say("The flow is <LIFETIME>.", row) == f"The flow is {word}."


@pytest.mark.parametrize(
    ("sentence", "change", "expected"),
    [
        ("A <PROTOCOL> flow.", {}, "A TCP flow."),
        ("A <PROTOCOL> flow.", {"Protocol": 1}, "An ICMP flow."),
        ("An <PROTOCOL> flow.", {"Protocol": 17}, "A UDP flow."),
        ("It is a <PROTOCOL> flow.", {"Protocol": 99}, "It is an IP-protocol-99 flow."),
        ("It is a <PACKETS>-packet flow.", {"Total Fwd Packet": 7}, "It is an 8-packet flow."),
        ("It is an <PACKETS>-packet flow.", {}, "It is a 6-packet flow."),
        ("Media <PROTOCOL> flow.", {"Protocol": 1}, "Media ICMP flow."),
        ("It has <PACKETS> packets.", {"Total Fwd Packet": 0}, "It has 1 packet."),
        ("It has <FORWARD_PACKETS> forward packets and packets.", {"Total Fwd Packet": 1},
         "It has 1 forward packet and packets."),
        ("It has <BYTES> bytes.", {"Total Length of Fwd Packet": 1}, "It has 1 byte."),
        ("It lasts <DURATION_S> seconds.", {"Flow Duration": 1e6}, "It lasts 1.0 seconds."),
        ("It has <SYN_FLAGS> SYN and <ACK_FLAGS> ACK flags.", {"ACK Flag Count": 1},
         "It has 2 SYN and 1 ACK flag."),
        ("<LIFETIME> and over <PROTOCOL>.", {}, "Brief and over TCP."),
        ("<PACKETS> packets of <LIFETIME> flow.", {}, "6 packets of brief flow."),
        ("100% <PROTOCOL>.", {}, "100% TCP."),
    ],
)  # fmt: skip
def test_articles_and_units_follow_the_value(
    sentence: str, change: dict[str, Any], expected: str
) -> None:
    assert say(sentence, ROW | change) == expected


@pytest.mark.parametrize(
    ("value", "word"),
    [("8", "an"), ("80", "an"), ("11", "an"), ("11,000", "an"), ("18.5", "an"), ("110", "a"),
     ("1,800", "a"), ("0.08", "a"), ("SCTP", "an"), ("GRE", "a"), ("unknown-protocol", "an")],
)  # fmt: skip
def test_articles(value: str, word: str) -> None:
    assert article(value) == word


@pytest.mark.parametrize(
    ("number", "counted", "measured"),
    [
        (0, "0", "0"), (1, "1", "1.0"), (7, "7", "7.0"), (99, "99", "99"), (101, "100", "100"),
        (1_250, "1,200", "1,200"), (999_999, "1,000,000", "1,000,000"), (12.34, "12", "12"),
        (0.999, "1", "1.0"), (0.0995, "0", "0.10"), (1e-6, "0", "0.0000010"), (9.96, "10", "10"),
        (1e15, "1,000,000,000,000,000", "1,000,000,000,000,000"),
    ],
)  # fmt: skip
def test_numbers(number: float, counted: str, measured: str) -> None:
    values = np.array([float(number)])
    assert COUNT.written(float(COUNT.rounded(values)[0])) == counted
    assert MEASURED.written(float(MEASURED.rounded(values)[0])) == measured


@given(st.lists(st.floats(0, 1e15), max_size=20))
def test_two_digits_are_python_s(numbers: list[float]) -> None:
    rounded = two_digits(np.array(numbers, dtype=np.float64))
    for number, found in zip(numbers, rounded.tolist(), strict=True):
        # Ties apart, which binary fractions decide either way.
        assert found == pytest.approx(float(f"{number:.1e}"), rel=0.1, abs=1e-9)
        assert found == pytest.approx(number, rel=0.0501, abs=1e-9)
        assert float(f"{found:.1e}") == pytest.approx(found, rel=1e-12)


@given(st.fixed_dictionaries(dict.fromkeys(ROW, st.floats() | st.integers(0, 2**62))))
def test_any_numbers_make_grammatical_text(row: dict[str, Any]) -> None:
    columns = {name: np.array([float(value)]) for name, value in row.items()}
    for template in SLOTTED_TEMPLATES:
        slots = slot_columns(SLOT.findall(template), columns)
        if not all(column.known[0] for column in slots.values()):
            continue
        (sentence,) = Sentence(template).fill(slots, np.array([0]))
        assert not re.search(r"[<>]|\bnan\b|\binf\b|e[+-]\d", sentence)
        assert not re.search(r"(?<![\d.,])1 (?:packets|bytes)\b(?! per)", sentence)
        for number in re.findall(
            r"\d[\d,.]*\d|\d", re.sub(r"IP-protocol-\d+|ICMPv6", "", sentence)
        ):
            assert len(number.replace(",", "").replace(".", "").strip("0")) <= 2, sentence
