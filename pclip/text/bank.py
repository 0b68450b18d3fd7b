"""The bank: the slotted templates with the paraphrases that were accepted, and what was not.

`paraphrases.json` beside this file is the shipped one. It is made from the shipped record of a
language model's answers by `make_bank` (`python -m experiments.describe`), and a test makes it
again and compares.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from pclip.documents import DocumentReader, parse_object
from pclip.errors import PclipError
from pclip.files import read_bounded
from pclip.llm import LanguageModel, prompt
from pclip.text.paraphrase_checks import NEAR_DUPLICATE, RULES, broken_rule, check
from pclip.text.paraphrase_lines import candidates
from pclip.text.paraphrase_prompts import paraphrase_prompt
from pclip.text.slotted_templates import SLOTTED_TEMPLATES

SCHEMA = 1
MAX_BANK_BYTES = 4 * 1024 * 1024
_BANK = "paraphrases.json"
_RECORD = "paraphrases.jsonl"


@dataclass(frozen=True)
class Phrasings:
    """A template and its paraphrases.

    Attributes:
        template: the slotted template.
        paraphrases: those accepted, in the model's order.
        rejected: rule -> how many candidates it rejected.
    """

    template: str
    paraphrases: tuple[str, ...]
    rejected: Mapping[str, int]

    @property
    def all(self) -> tuple[str, ...]:
        """The template, then the paraphrases."""
        return (self.template, *self.paraphrases)


@dataclass(frozen=True)
class Bank:
    """Phrasings of every template.

    Attributes:
        models: what the record says wrote the paraphrases.
        templates: the phrasings of each template.
    """

    models: tuple[str, ...]
    templates: tuple[Phrasings, ...]

    def by_rule(self) -> dict[str, int]:
        """Rule -> candidates rejected, of all templates together, in the order of the rules."""
        return {
            rule: found
            for rule in (*RULES, NEAR_DUPLICATE)
            if (found := sum(phrasings.rejected.get(rule, 0) for phrasings in self.templates))
        }

    def accepted(self) -> int:
        """How many paraphrases there are, of all templates together."""
        return sum(len(phrasings.paraphrases) for phrasings in self.templates)


def make_bank(model: LanguageModel, templates: Sequence[str] = SLOTTED_TEMPLATES) -> Bank:
    """Ask for paraphrases of each template and keep those that pass the checks.

    Args:
        model: an endpoint, or the record of one.
        templates: what to paraphrase. Nothing else enters a prompt.

    Raises:
        PclipError: an answer cannot be had.
    """
    answers = model.answers([prompt(paraphrase_prompt(template)) for template in templates])
    phrasings = []
    for template, answer in zip(templates, answers, strict=True):
        checked = check(candidates(answer.text), template)
        phrasings.append(Phrasings(template, checked.kept, dict(checked.by_rule)))
    return Bank(tuple(dict.fromkeys(a.model for a in answers)), tuple(phrasings))


def write_bank(bank: Bank) -> str:
    """The bank as JSON text, one sentence a line."""
    return json.dumps({"schema": SCHEMA, **asdict(bank)}, indent=1) + "\n"


def load_bank(path: str | os.PathLike[str] | None = None) -> Bank:
    """Read a bank and check every sentence of it.

    Args:
        path: a bank that `write_bank` wrote; None for the shipped one.

    Raises:
        PclipError: no such file, another schema, a template that is none of `SLOTTED_TEMPLATES`, or
            a paraphrase that a rule rejects.
    """
    if path is None:
        return _shipped()
    return _parse(read_bounded(Path(path), MAX_BANK_BYTES), str(path))


def shipped_record() -> Path:
    """The record that the shipped bank is made from."""
    return Path(str(resources.files("pclip.text") / "records" / _RECORD))


@functools.cache
def _shipped() -> Bank:
    return _parse((resources.files("pclip.text") / _BANK).read_bytes(), _BANK)


def _parse(content: bytes, source: str) -> Bank:
    reader = DocumentReader(source)
    document = parse_object(content, source, "a bank of paraphrases")
    reader.schema(document, SCHEMA, "bank")
    bank = reader.read(Bank, document, "")
    if not bank.templates:
        reader.fail("templates", "none", "at least one")
    _refuse_repeats("template", [phrasings.template for phrasings in bank.templates], source)
    for phrasings in bank.templates:
        _refuse_repeats("paraphrase", phrasings.paraphrases, source)
        _check(phrasings, source)
    return bank


def _refuse_repeats(what: str, sentences: Sequence[str], source: str) -> None:
    """A sentence that stands twice would be drawn twice as often."""
    known: set[str] = set()
    for sentence in sentences:
        if sentence in known:
            raise PclipError(
                f"{source}: the {what} {ascii(sentence)[:160]} stands there twice: expected it once"
            )
        known.add(sentence)


def _check(phrasings: Phrasings, source: str) -> None:
    # A rule forgives a paraphrase what its template has, so a template cannot be checked by them.
    if phrasings.template not in SLOTTED_TEMPLATES:
        raise PclipError(
            f"{source}: {ascii(phrasings.template)[:160]} is no template of this package; expected "
            "those of pclip/text/slotted_templates.py, and paraphrases of them"
        )
    for sentence in phrasings.paraphrases:
        rule = broken_rule(sentence, phrasings.template)
        if rule is not None:
            raise PclipError(
                f"{source}: {ascii(sentence)[:160]} breaks the rule {rule!r} of paraphrases; "
                "take it out, or make the bank anew from its record"
            )
