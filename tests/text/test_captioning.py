"""Captions of many flows: form, policies, switches, and what decides a row's caption."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.text.bank import Bank, Phrasings
from pclip.text.caption_style import POLICIES, CaptionStyle
from pclip.text.captioning import CAPTION_COLUMNS, NOTHING_KNOWN, caption_texts
from pclip.text.slotted_templates import SLOTTED_TEMPLATES

CONCEPTS = {
    "SYN Flood": ("flood", "botnet", "amplification", "target", "saturation"),
    "Port Scan": ("scan", "probe"),
}
CLASSES = np.array(["Benign", "SYN Flood", "Port Scan"])
BANK = Bank(
    ("nobody",),
    (
        Phrasings(
            "This <PROTOCOL> flow carries <PACKETS> packets.",
            ("Of <PROTOCOL>, it has <PACKETS> packets.", "<PACKETS> packets over <PROTOCOL>."),
            {},
        ),
        Phrasings("This <PROTOCOL> flow lasts <DURATION_S> seconds.", (), {}),
        Phrasings("Of <PROTOCOL>, there are <SYN_FLAGS> SYN flags.", (), {}),
    ),
)  # fmt: skip


def make_columns(number: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = {name: np.floor(np.exp(rng.normal(3.0, 3.0, number))) for name in CAPTION_COLUMNS}
    return columns | {"Protocol": rng.choice([1, 6, 17], number)}


def make_labels(number: int) -> np.ndarray:
    return np.random.default_rng(1).choice(CLASSES, number)


def write(number: int = 300, seed: int = 0, **style: Any) -> list[str]:
    return caption_texts(
        make_columns(number), make_labels(number), CONCEPTS, seed, CaptionStyle(**style), BANK
    )


PAPER = re.compile(
    r"A network traffic of (?P<label>[\w ]+)\. (?P<text>[^.]+(?:\.\d+[^.]+)*\.)"
    r"(?: Related concepts: (?P<concepts>[\w, ]+)\.)?"
)


def test_captions_of_the_paper_by_hand() -> None:
    columns = {name: np.array([7.0]) for name in CAPTION_COLUMNS} | {"Protocol": np.array([17])}
    one = Bank(("nobody",), BANK.templates[:1])
    for label, end in (("Port Scan", " Related concepts: scan, probe."), ("Benign", "")):
        (text,) = caption_texts(
            columns, np.array([label]), CONCEPTS, 0, CaptionStyle(paraphrases=False), one
        )
        assert text == (f"A network traffic of {label}. This UDP flow carries 14 packets.{end}")


def test_every_caption_has_its_rows_label_and_some_of_its_concepts() -> None:
    for label, text in zip(make_labels(300), write(), strict=True):
        found = PAPER.fullmatch(text)
        assert found, text
        assert found["label"] == label
        known = CONCEPTS.get(str(label), ())
        concepts = found["concepts"].split(", ") if found["concepts"] else []
        assert len(concepts) == min(3, len(known))
        assert concepts == [word for word in known if word in concepts]


def test_concepts_differ_from_row_to_row() -> None:
    drawn = Counter(text.partition("concepts: ")[2] for text in write(2_000) if "SYN Flood" in text)
    drawn.pop("", None)
    assert len(drawn) == 10  # three of five
    assert max(drawn.values()) < 2 * min(drawn.values())


def test_a_switch_changes_nothing_but_what_it_names() -> None:
    full, bare = write(), write(concepts=False)
    assert [text.partition(" Related concepts")[0] for text in full] == bare
    assert [text.partition(". ")[2] for text in bare] == write(policy="label_free", concepts=False)
    phrased = write(concepts=False)
    plain = write(concepts=False, paraphrases=False)
    assert phrased != plain
    for one, other in zip(phrased, plain, strict=True):
        # The same template, so the same numbers, in whatever words.
        assert sorted(re.findall(r"\d[\d.,]*\d|\d", one)) == sorted(
            re.findall(r"\d[\d.,]*\d|\d", other)
        )


def test_templates_only_are_templates() -> None:
    for text in write(policy="label_free", concepts=False, paraphrases=False):
        assert re.match(r"This (TCP|UDP|ICMP) flow|Of TCP, there", text)


def test_label_free_says_nothing_of_the_label() -> None:
    texts = write(policy="label_free", concepts=False)
    words = re.compile("|".join(("network traffic of", *CLASSES, *CONCEPTS["SYN Flood"])))
    assert not [text for text in texts if words.search(text)]
    other = caption_texts(
        make_columns(300), np.full(300, "Benign"), {}, 0,
        CaptionStyle("label_free", concepts=False), BANK,
    )  # fmt: skip
    assert texts == other


@pytest.mark.parametrize("seed", [0, 7])
def test_rows_behind_it_do_not_change_a_rows_caption(seed: int) -> None:
    columns, labels = make_columns(500), make_labels(500)
    whole = caption_texts(columns, labels, CONCEPTS, seed, bank=BANK)
    for number in (0, 1, 123):
        part = {name: values[:number] for name, values in columns.items()}
        assert caption_texts(part, labels[:number], CONCEPTS, seed, bank=BANK) == whole[:number]
    assert whole == caption_texts(columns, labels, CONCEPTS, seed, bank=BANK)


def test_a_class_with_more_concepts_behind_it_does_not_change_a_rows_caption() -> None:
    columns = make_columns(200)
    labels = np.repeat(["Benign", "Slowloris", "SYN Flood"], [20, 80, 100])
    concepts = CONCEPTS | {"Slowloris": ("header", "socket", "timeout", "thread")}
    whole = caption_texts(columns, labels, concepts, 0, bank=BANK)
    part = {name: values[:100] for name, values in columns.items()}
    assert caption_texts(part, labels[:100], concepts, 0, bank=BANK) == whole[:100]


def test_blocks_of_rows_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(200)
    monkeypatch.setattr("pclip.text.captioning._ROWS_AT_ONCE", 7)
    assert write(200) == expected


def test_the_seed_decides() -> None:
    assert write(seed=1) == write(seed=1) != write(seed=2)


def test_a_template_is_drawn_among_those_that_the_flow_can_fill() -> None:
    columns = make_columns(3_000)
    columns["Flow Duration"] = np.zeros(3_000)
    columns["Protocol"][:1_000] = 17
    columns["Protocol"][1_000:] = 6
    texts = caption_texts(
        columns, np.full(3_000, "Benign"), {}, 0, CaptionStyle("label_free", False, False), BANK
    )
    assert {text[:16] for text in texts[:1_000]} == {"This UDP flow ca"}
    kinds = Counter(text[:16] for text in texts[1_000:])
    assert set(kinds) == {"This TCP flow ca", "Of TCP, there ar"}
    assert min(kinds.values()) > 850  # half of 2,000 each


def test_a_flow_of_which_nothing_is_known() -> None:
    columns = {name: np.full(2, np.nan) for name in CAPTION_COLUMNS}
    texts = caption_texts(columns, CLASSES[:2], CONCEPTS, 0, CaptionStyle(concepts=False), BANK)
    assert texts == [f"A network traffic of {name}. {NOTHING_KNOWN}" for name in CLASSES[:2]]


def test_no_rows_no_captions() -> None:
    assert write(0) == []


def test_what_is_no_number_is_named() -> None:
    columns: dict[str, Any] = make_columns(3) | {"Flow Duration": np.array(["1", "fast", "2"])}
    with pytest.raises(PclipError, match="Flow Duration holds 'fast', expected a number"):
        caption_texts(columns, make_labels(3), CONCEPTS, 0, bank=BANK)
    columns["Flow Duration"] = np.array(["1", "3", "2"])
    assert len(caption_texts(columns, make_labels(3), CONCEPTS, 0, bank=BANK)) == 3


def test_wrong_arguments_are_named() -> None:
    columns, labels = make_columns(3), make_labels(3)
    with pytest.raises(PclipError, match="caption seed: found -1, expected a number"):
        caption_texts(columns, labels, CONCEPTS, -1, bank=BANK)
    with pytest.raises(ValueError, match=r"flow_labels \(2,\) and flow column .* \(3,\)"):
        caption_texts(columns, labels[:2], CONCEPTS, 0, bank=BANK)
    del columns["Protocol"], columns["Flow IAT Mean"]
    with pytest.raises(PclipError, match="no column Protocol, Flow IAT Mean; expected"):
        caption_texts(columns, labels, CONCEPTS, 0, bank=BANK)


def test_styles_that_make_no_sense() -> None:
    with pytest.raises(
        PclipError, match="caption policy 'free': expected one of paper, label_free"
    ):
        CaptionStyle("free")
    with pytest.raises(PclipError, match="label_free have no concepts"):
        CaptionStyle("label_free", concepts=True)
    assert CaptionStyle().policy in POLICIES


def test_the_shipped_bank_phrases_every_template() -> None:
    columns, labels = make_columns(20_000), make_labels(20_000)
    texts = caption_texts(columns, labels, CONCEPTS, 0, CaptionStyle("label_free", concepts=False))
    shapes = {re.sub(r"\d[\d.,]*\d|\d", "0", text) for text in texts}
    assert len(shapes) > 10 * len(SLOTTED_TEMPLATES)
    for text in itertools.islice(texts, 2_000):
        assert re.match(r"[A-Z0-9]", text)
        assert text.endswith(".")
        assert not re.search(r"[<>]|\bnan\b|(?<![\d.,])1 (?:packets|bytes|seconds)\b(?! per)", text)
