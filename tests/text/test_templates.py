"""Descriptions: what they say, and what they can never say."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.errors import PclipError
from pclip.text import TEMPLATES, describe
from pclip.text.templates import COLUMNS_OF_TEMPLATE

ALL = range(len(TEMPLATES))

ROW: dict[str, Any] = {
    "Protocol": 6,
    "Flow Duration": 2_512.0,
    "Total Fwd Packet": 5,
    "Total Bwd packets": 1,
    "Total Length of Fwd Packet": 1_234.0,
    "Total Length of Bwd Packet": 0.0,
    "Fwd Packet Length Mean": 246.8,
    "Bwd Packet Length Mean": 0.0,
    "Packet Length Mean": 205.7,
    "Flow Bytes/s": 491_242.0,
    "Flow Packets/s": 2_388.5,
    "Flow IAT Mean": 502.4,
    "SYN Flag Count": 2,
    "FIN Flag Count": 0,
    "RST Flag Count": 0,
    "PSH Flag Count": 1,
    "ACK Flag Count": 5,
}

# What tells who, where, when or which class; no column of these may be read.
IDENTITY = {
    "Flow ID": "198.51.100.7-198.51.100.66-40001-80-6",
    "Src IP": "198.51.100.66",
    "Dst IP": "fe80::1ff:fe23:4567:890a",
    "Src Port": 40001,
    "Dst Port": 8081,
    "Timestamp": "2023-01-11 09:43:40",
    "Idle Mean": 1698831820000000.0,
    "Label": "SYN Flood",
    "Connection Type": "wireless",
}

SENTENCES = (
    "This TCP flow lasts about 2.5 ms and carries 5 packets forward and 1 packet back.",
    "Over TCP, the initiator sends 5 packets carrying about 1.2 kB; "
    "the responder returns 1 packet without payload.",
    "The TCP conversation proceeds at about 2,400 packets/s and shows "
    "2 SYN, 1 PSH and 5 ACK flags.",
    "Within about 2.5 ms, this TCP exchange moves about 1.2 kB of payload at about 490 kB/s.",
    "In this TCP flow nearly all payload comes from the initiator, "
    "with about 500 µs between packets on average.",
    "The flow is brief and uses TCP; it consists of 6 packets with 2 SYN, 1 PSH and 5 ACK flags.",
    "In this TCP traffic packets average about 210 B of payload, about 250 B from the initiator "
    "and 0 B from the responder.",
    "A total of 6 packets over TCP spans about 2.5 ms, at about 2,400 packets/s "
    "and about 490 kB/s.",
    "The TCP session sends out 5 packets carrying about 1.2 kB and brings back "
    "1 packet without payload, with about 500 µs between packets on average.",
    "Seen as a whole, the TCP flow is brief: nearly all payload comes from the initiator, "
    "at about 2,400 packets/s.",
)

# Words of class and group names; protocol and flag names (SYN, UDP, ICMP) are facts of a flow.
LABEL_WORDS = re.compile(
    r"\b(benign|scan\w*|vulnerab\w*|ports?|flood\w*|slowloris|dns|dictionary|attack\w*|dos|denial"
    r"|reconnaissance|brute|force|sweep|os|malicious|normal|anomal\w*)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:|\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b")
DATE = re.compile(r"\d{4}-\d\d|\d\d:\d\d")


def rows(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[dict[str, Any]]:
    protocol = st.sampled_from([0, 1, 2, 6, 17, 47, 58, 132, 255, math.nan, -1, 1e300])
    columns: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(ROW, numbers)
    return st.fixed_dictionaries(columns | {"Protocol": protocol})


PLAUSIBLE = rows(st.integers(0, 10**7) | st.floats(0, 1e9) | st.just(math.inf))
HOSTILE = rows(st.floats() | st.integers(-(2**63), 2**64))


def test_there_are_enough_templates_and_all_differ() -> None:
    assert len(set(TEMPLATES)) == len(TEMPLATES) >= 8
    assert len({re.sub(r"\{.*?\}", "", template) for template in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("template", ALL)
def test_sentences_by_hand(template: int) -> None:
    assert describe(ROW, template) == SENTENCES[template]


@pytest.mark.parametrize("template", ALL)
def test_text_from_a_csv_file_reads_like_numbers(template: int) -> None:
    assert describe({k: str(v) for k, v in ROW.items()}, template) == SENTENCES[template]


@pytest.mark.parametrize("template", ALL)
def test_a_template_reads_only_columns_without_identity(template: int) -> None:
    read = COLUMNS_OF_TEMPLATE[template]
    assert set(read) <= set(ROW)
    assert not set(read) & set(IDENTITY)
    only = {column: ROW[column] for column in read}
    assert describe(only, template) == SENTENCES[template]
    for column in read:
        with pytest.raises(PclipError, match=f"no column '{column}'"):
            describe({k: v for k, v in only.items() if k != column}, template)


@given(row=PLAUSIBLE | HOSTILE, template=st.sampled_from(ALL))
def test_no_identity_in_any_sentence(row: dict[str, Any], template: int) -> None:
    sentence = describe(row | IDENTITY, template)
    assert sentence == describe(row, template)
    assert not ADDRESS.search(sentence)
    assert not DATE.search(sentence)
    assert not LABEL_WORDS.search(sentence)
    assert "40001" not in sentence
    assert "8081" not in sentence


@given(row=PLAUSIBLE | HOSTILE, template=st.sampled_from(ALL))
def test_any_numbers_make_one_short_sentence(row: dict[str, Any], template: int) -> None:
    sentence = describe(row, template)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert "  " not in sentence
    assert "{" not in sentence
    assert len(sentence) < 320
    assert not re.search(r"\b(nan|inf|None)\b", sentence)
    assert not re.search(r"(?<![\d.,])1 packets\b", sentence)


@given(row=PLAUSIBLE)
def test_each_number_has_at_most_two_significant_digits(row: dict[str, Any]) -> None:
    for template in ALL:
        sentence = re.sub(r"IP-protocol-\d+|ICMPv6", "", describe(row, template))
        for number in re.findall(r"\d[\d,.]*\d|\d", sentence):
            digits = number.replace(",", "").replace(".", "").strip("0")
            assert len(digits) <= 2, sentence


SILENT = ROW | {
    "Total Fwd Packet": 1,
    "Total Bwd packets": 0,
    "Total Length of Fwd Packet": 0,
    "Packet Length Mean": 0,
    "Flow Duration": 0,
    "Flow Bytes/s": math.nan,
    "Flow Packets/s": math.inf,
    "Flow IAT Mean": 0,
    "SYN Flag Count": 1,
    "PSH Flag Count": 0,
    "ACK Flag Count": 0,
}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (1, "sends 1 packet without payload; the responder returns nothing."),
        (2, "at an unmeasurable packet rate and shows 1 SYN flag."),
        (3, "Within less than 1 µs, this TCP exchange moves no payload."),
        (4, "the responder stays silent, with no second packet."),
        (5, "The flow is momentary and uses TCP; it consists of 1 packet with 1 SYN flag."),
        (6, "In this TCP traffic no packet carries any payload."),
    ],
)
def test_a_lone_packet(template: int, words: str) -> None:
    assert describe(SILENT, template).endswith(words)


@pytest.mark.parametrize("template", [3, 7])
def test_a_rate_of_zero_beside_payload_is_no_rate(template: int) -> None:
    assert "an unmeasurable byte rate" in describe(ROW | {"Flow Bytes/s": 0}, template)
    assert "0 B/s" not in describe(ROW | {"Flow Bytes/s": 0}, template)


@pytest.mark.parametrize(
    ("forward", "backward", "words"),
    [
        (80, 20, "nearly all payload comes from the initiator"),
        (79, 21, "both sides contribute payload"),
        (20, 80, "nearly all payload comes from the responder"),
        (0, 0, "neither side sends any payload"),
        (math.nan, 1, "the share of each side is unknown"),
    ],
)
def test_balance(forward: float, backward: float, words: str) -> None:
    change = {"Total Length of Fwd Packet": forward, "Total Length of Bwd Packet": backward}
    assert words in describe(ROW | change, 4)


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        (1, "ICMP"),
        (17.0, "UDP"),
        (58, "ICMPv6"),
        (0, "IP-protocol-0"),
        (255, "IP-protocol-255"),
        (256, "unknown-protocol"),
        (math.nan, "unknown-protocol"),
    ],
)
def test_protocol_names(protocol: float, name: str) -> None:
    assert describe(ROW | {"Protocol": protocol}, 0).startswith(f"This {name} flow ")


@pytest.mark.parametrize("value", ["fast", "", None, [1], "1,5"])
def test_what_is_no_number_is_named(value: object) -> None:
    with pytest.raises(PclipError, match=r"Flow Duration holds .*, expected a number"):
        describe(ROW | {"Flow Duration": value}, 0)


@pytest.mark.parametrize("template", [-1, len(TEMPLATES)])
def test_no_such_template(template: int) -> None:
    with pytest.raises(ValueError, match=rf"template {template}: expected 0\.\."):
        describe(ROW, template)
