"""The bank: made from a record, equal to the one that ships, checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.llm import Answer, Conversation, LanguageModel, read_record, replay
from pclip.text.bank import Bank, load_bank, make_bank, shipped_record, write_bank
from pclip.text.paraphrase_checks import NEAR_DUPLICATE, RULES
from pclip.text.paraphrase_prompts import PARAPHRASES_ASKED, paraphrase_prompt
from pclip.text.slotted_templates import SLOTTED_TEMPLATES

TEMPLATE = SLOTTED_TEMPLATES[0]
GOOD = "For <DURATION_S> seconds, <PACKETS> packets travelled within this flow over <PROTOCOL>."
MALICIOUS = "This malicious <PROTOCOL> flood lasts <DURATION_S> seconds."


class Saying(LanguageModel):
    """Answers everything with one text and keeps what it was asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.asked: list[Conversation] = []

    def answers(
        self, conversations: Sequence[Conversation], *, samples: Sequence[int] | None = None
    ) -> list[Answer]:
        self.asked += conversations
        return [Answer(self._text, "parrot", "stop", None, None) for _ in conversations]


def test_a_bank_holds_what_passed_and_counts_the_rest() -> None:
    model = Saying(f"Sure, here you are:\n1. {GOOD}\n2. {GOOD}\n3. This flow lasts 5 seconds.\n")
    bank = make_bank(model, [TEMPLATE])
    assert bank.models == ("parrot",)
    assert bank.templates[0].paraphrases == (GOOD,)
    assert bank.by_rule() == {"chatter": 1, "slots": 1, "near-duplicate": 1}
    assert bank.accepted() == 1


def test_a_model_is_asked_with_templates_alone() -> None:
    model = Saying("")
    bank = make_bank(model)
    assert [[m.role for m in asked] for asked in model.asked] == [["user"]] * len(SLOTTED_TEMPLATES)
    assert [asked[0].content for asked in model.asked] == list(
        map(paraphrase_prompt, SLOTTED_TEMPLATES)
    )
    assert bank.accepted() == 0


def test_the_shipped_bank_is_made_from_the_shipped_record() -> None:
    made = make_bank(replay(shipped_record()))
    assert made == load_bank()
    shipped = Path(shipped_record()).parent.parent / "paraphrases.json"
    assert shipped.read_text() == write_bank(made)


def test_the_shipped_record_was_asked_these_prompts_and_no_others() -> None:
    asked = [exchange.conversation for exchange in read_record(shipped_record())]
    assert {messages[0].content for messages in asked} == set(
        map(paraphrase_prompt, SLOTTED_TEMPLATES)
    )
    assert all(len(messages) == 1 for messages in asked)


def test_the_shipped_bank_is_large_enough() -> None:
    bank = load_bank()
    enough = [entry for entry in bank.templates if len(entry.paraphrases) >= 25]
    assert len(enough) >= 12
    assert bank.accepted() + sum(bank.by_rule().values()) >= PARAPHRASES_ASKED * len(
        SLOTTED_TEMPLATES
    )
    every = [sentence for entry in bank.templates for sentence in entry.all]
    assert len(set(every)) == len(every)


def test_the_page_has_the_banks_numbers() -> None:
    bank = load_bank()
    page = " ".join((Path(__file__).parents[2] / "docs" / "captions.md").read_text().split())
    sizes = [len(entry.paraphrases) for entry in bank.templates]
    candidates = bank.accepted() + sum(bank.by_rule().values())
    assert f"Of {candidates} candidates {bank.accepted()} were accepted" in page
    assert f"{min(sizes)} to {max(sizes)} a template" in page
    assert f"of {len(sizes)} templates {sum(n >= 25 for n in sizes)} have 25 or more" in page


def test_every_rule_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "captions.md").read_text()
    assert all(f"`{rule}`" in page for rule in (*RULES, NEAR_DUPLICATE))


def test_a_bank_is_read_as_it_was_written(tmp_path: Path) -> None:
    bank = make_bank(Saying(f"1. {GOOD}"), [TEMPLATE])
    (tmp_path / "bank.json").write_text(write_bank(bank))
    assert load_bank(tmp_path / "bank.json") == bank


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema: found 2"),
        ({"templates": []}, "templates: found 'none'"),
        ({"more": 1}, "found 'more'"),
        (
            {"templates": [{"template": TEMPLATE, "paraphrases": ["Sold."], "rejected": {}}]},
            "'Sold.' breaks the rule 'slots'",
        ),
        (
            {"templates": [{"template": TEMPLATE, "paraphrases": [GOOD] * 2, "rejected": {}}]},
            "the paraphrase .* stands there twice: expected it once",
        ),
        (
            {"templates": [{"template": TEMPLATE, "paraphrases": [GOOD], "rejected": {}}] * 2},
            "the template .* stands there twice: expected it once",
        ),
        (
            {"templates": [{"template": "<IP> is up.", "paraphrases": [], "rejected": {}}]},
            "'<IP> is up.' is no template of this package",
        ),
        (
            {"templates": [{"template": MALICIOUS, "paraphrases": [], "rejected": {}}]},
            "malicious <PROTOCOL> flood lasts <DURATION_S> seconds.' is no template",
        ),
    ],
)
def test_a_bank_of_others_is_checked(tmp_path: Path, change: dict, message: str) -> None:
    bank = json.loads(write_bank(make_bank(Saying(f"1. {GOOD}"), [TEMPLATE])))
    (tmp_path / "bank.json").write_text(json.dumps(bank | change))
    with pytest.raises(PclipError, match=message):
        load_bank(tmp_path / "bank.json")


def test_no_bank(tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=r"none\.json: cannot read it"):
        load_bank(tmp_path / "none.json")


def test_an_empty_bank_is_a_bank() -> None:
    assert Bank((), ()).by_rule() == {}
