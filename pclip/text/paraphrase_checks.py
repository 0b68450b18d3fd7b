"""What makes a sentence a paraphrase of a slotted template, rule by rule.

The paper keeps what its language models wrote; nothing there says whether a paraphrase is still
true. Here a candidate is kept if it breaks no rule, and each rejection has the name of the first
rule that it breaks, so that the rules can be counted and doubted.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pclip.text import forbidden_words as forbidden
from pclip.text.agreement import no_verb_agrees
from pclip.text.near_duplicates import grams, similarity
from pclip.text.paraphrase_prompts import paraphrase_prompt
from pclip.text.role_context import averages_kept, opposites_kept, roles_kept
from pclip.text.slots import SLOT
from pclip.text.unit_context import units_kept

NEAR_DUPLICATE = "near-duplicate"
_MOST_ALIKE = 0.75  # of `similarity`, to the template and to every sentence kept
_MOST_CHARACTERS = 400
_FEWEST_WORDS = 5
_MOST_WORDS = 45
_LONGEST_ECHO = 5  # words in a row, of the prompt's own

_BRACKET = re.compile(r"<[^<>]*>|[<>]")
_ADMITTED = re.compile(r"[A-Za-z0-9%<>_ ,.;:()'!?-]*")
_WORD = re.compile(r"<[A-Z_]+>|[A-Za-z']+")
_PUNCTUATION = re.compile(
    r"[,;:.][,;:.]|\s[,;:.)]|\(\s|\s\s|--|[,;:][A-Za-z<]|[,;:]\s*$|\(\)|^\W*[,;:]"
)
_CAPITAL_OR_SLOT = re.compile(r"[A-Z]|<[A-Z_]+>")
_INSTRUCTION = re.compile(
    r"\b(?:slots?|placeholders?|angle brackets?|brackets?|numbered list|exactly once|unchanged|"
    r"instructions?|prompt|full stop|capital letter|vocabulary)\b",
    re.IGNORECASE,
)

Rule = Callable[[str, str], bool]
"""(candidate, template) -> whether the candidate breaks the rule."""


def _slots_differ(candidate: str, template: str) -> bool:
    brackets = Counter(_BRACKET.findall(candidate))
    return brackets != Counter(f"<{name}>" for name in SLOT.findall(template))


def _brings_in(pattern: re.Pattern[str]) -> Rule:
    """The rule that a candidate matches `pattern` only with words that the template has."""

    def rule(candidate: str, template: str) -> bool:
        there = Counter(match.lower() for match in pattern.findall(template))
        return bool(Counter(match.lower() for match in pattern.findall(candidate)) - there)

    return rule


def _unbalanced(candidate: str) -> bool:
    depth = 0
    for sign in candidate:
        depth += (sign == "(") - (sign == ")")
        if depth not in (0, 1):
            return True
    return depth != 0


def _echoes(candidate: str, template: str) -> bool:
    """Whether the candidate has words of the instructions, or many of the prompt's in a row."""
    if _INSTRUCTION.search(candidate):
        return True
    prompt = " ".join(_words(paraphrase_prompt(template).replace(template, "|")))
    words = _words(candidate)
    runs = (words[i : i + _LONGEST_ECHO] for i in range(len(words) - _LONGEST_ECHO + 1))
    return any(f" {' '.join(run)} " in f" {prompt} " for run in runs)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _repeats(candidate: str) -> bool:
    words = _words(candidate)
    return any(a == b for a, b in itertools.pairwise(words))


# In this order: what is no sentence at all, then what was altered, then what was brought in,
# then how it is written.
RULES: Mapping[str, Rule] = {
    "one-line": lambda c, _: not c.strip() or c != c.strip() or not c.isprintable(),
    "characters": lambda c, _: not _ADMITTED.fullmatch(c),
    "chatter": lambda c, _: bool(forbidden.CHATTER.search(c)),
    "echo": _echoes,
    "slots": _slots_differ,
    "language": lambda c, _: forbidden.is_foreign(c),
    "digits": lambda c, _: bool(forbidden.DIGIT.search(SLOT.sub("", c))),
    "number-words": _brings_in(forbidden.NUMBERS),
    "units": lambda c, _: not units_kept(c),
    "opposites": lambda c, _: not opposites_kept(c),
    "roles": lambda c, _: not (roles_kept(c) and averages_kept(c)),
    "agreement": lambda c, _: not no_verb_agrees(c),
    "bounds": _brings_in(forbidden.BOUNDS),
    "addresses": _brings_in(forbidden.ADDRESSES),
    "labels": _brings_in(forbidden.LABELS),
    "judgements": _brings_in(forbidden.JUDGEMENTS),
    "ends": lambda c, _: not (_CAPITAL_OR_SLOT.match(c) and c.endswith(".")),
    "one-sentence": lambda c, _: bool(re.search(r"[.!?]", c[:-1])),
    "punctuation": lambda c, _: bool(_PUNCTUATION.search(c)) or _unbalanced(c),
    "length": lambda c, _: (
        len(c) > _MOST_CHARACTERS or not _FEWEST_WORDS <= len(_words(c)) <= _MOST_WORDS
    ),
    "repeated-word": lambda c, _: _repeats(c),
}
"""Name of each rule -> the rule; `NEAR_DUPLICATE` comes last and needs what was kept before."""


@dataclass(frozen=True)
class Checked:
    """What became of the candidates for one template.

    Attributes:
        kept: those that break no rule, in order.
        rejected: (candidate, name of the first rule that it breaks), in order.
    """

    kept: tuple[str, ...]
    rejected: tuple[tuple[str, str], ...]

    @property
    def by_rule(self) -> Mapping[str, int]:
        """Rule -> how many candidates it rejected; rules that rejected none are absent."""
        counts = Counter(rule for _, rule in self.rejected)
        return {rule: counts[rule] for rule in (*RULES, NEAR_DUPLICATE) if counts[rule]}


def broken_rule(candidate: str, template: str) -> str | None:
    """The first of `RULES` that a candidate breaks; None for a sentence that breaks none.

    Args:
        candidate: what a language model gave for one paraphrase; any text.
        template: the slotted template that it should paraphrase.
    """
    return next((name for name, breaks in RULES.items() if breaks(candidate, template)), None)


def check(candidates: Iterable[str], template: str) -> Checked:
    """Sort the candidates for one template into those kept and those rejected.

    Args:
        candidates: texts, in the model's order: of two that are alike the first is kept.
        template: the slotted template.
    """
    seen = [grams(template)]
    kept, rejected = [], []
    for candidate in candidates:
        rule = broken_rule(candidate, template)
        if rule is None:
            own = grams(candidate)
            if any(similarity(own, other) > _MOST_ALIKE for other in seen):
                rule = NEAR_DUPLICATE
            else:
                seen.append(own)
        if rule is None:
            kept.append(candidate)
        else:
            rejected.append((candidate, rule))
    return Checked(tuple(kept), tuple(rejected))
