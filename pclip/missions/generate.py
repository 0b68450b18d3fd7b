"""Mission graphs written by a language model with the paper's two prompts, repaired and checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pclip.errors import PclipError
from pclip.llm import Answer, LanguageModel, prompt
from pclip.missions.growth import (
    NO_CHILD,
    NO_CONCEPT,
    Level,
    Rejected,
    accept,
    grow,
    without_dead_ends,
)
from pclip.missions.mission import Mission, concept_prompt
from pclip.missions.parse_answer import parse_associations, parse_list
from pclip.missions.prompts import (
    expansion_prompt,
    key_concepts_prompt,
    missing_parents_prompt,
    missing_words_prompt,
    more_key_concepts_prompt,
)
from pclip.missions.quality import Embed
from pclip.missions.validation import MAX_CONCEPTS, MAX_LEVELS, check_names, validate
from pclip.missions.words import SameWords, single_word
from pclip.missions.write import mission_document

MISSION_PROMPTS = (
    "List V typical vocabularies to represent [event name]? "
    "Note: Everything should be a single word.",
    "What are associated words with vocabularies in set K?",
)


class UnusableAnswersError(PclipError):
    """A model has answered, but not with words that make a graph. A record keeps such answers."""


@dataclass(frozen=True)
class Recipe:
    """How large a graph is wanted.

    The bounds on associated words are ours (the paper's prompt sets none): with the defaults a
    graph has up to 10 + 20 + 20 concepts.

    Args:
        key_concepts: V, words of level 1.
        expansions: N, levels behind it.
        associated: words that a concept may add to the next level; a level has at most so many
            times V.
        repairs: how often a step may be asked again.

    Raises:
        ValueError: a number below 1 (`expansions`, `repairs`: 0), or more levels or words than a
            mission may have.
    """

    key_concepts: int = 10
    expansions: int = 2
    associated: int = 2
    repairs: int = 2

    def __post_init__(self) -> None:
        if self.key_concepts < 1 or self.associated < 1 or min(self.expansions, self.repairs) < 0:
            raise ValueError(f"{self}: expected at least 1 key concept and 1 associated word")
        most = self.key_concepts + self.expansions * self.level_words
        if self.expansions >= MAX_LEVELS or most > MAX_CONCEPTS:
            raise ValueError(
                f"{self.expansions + 1} levels of up to {most:,} words in all: expected at most "
                f"{MAX_LEVELS} levels and {MAX_CONCEPTS} words"
            )

    @property
    def level_words(self) -> int:
        """Most words of an expansion."""
        return self.associated * self.key_concepts


@dataclass(frozen=True)
class Generated:
    """A mission and what it cost to get it.

    Args:
        mission: the graph, validated.
        rejected: every phrase that a model named and that is not in the graph, with the reason.
        answers: what was answered, in the order asked.
        repairs: how many of the answers were to prompts of ours rather than the paper's.
        recipe: what was wanted.
    """

    mission: Mission
    rejected: tuple[Rejected, ...]
    answers: tuple[Answer, ...]
    repairs: int
    recipe: Recipe

    def sizes(self) -> list[tuple[int, int]]:
        """For each level the words asked for (behind the first: at most) and those it has."""
        asked = [self.recipe.key_concepts, *[self.recipe.level_words] * self.recipe.expansions]
        return [(most, len(level)) for most, level in zip(asked, self.mission.levels, strict=True)]

    def counts(self) -> dict[str, int]:
        """How many phrases were rejected for each reason, most first."""
        return dict(Counter(entry.reason for entry in self.rejected).most_common())


def generate_mission(
    model: LanguageModel,
    event: str,
    *,
    recipe: Recipe | None = None,
    name: str | None = None,
    title: str | None = None,
    embed: Embed | None = None,
) -> Generated:
    """Ask a language model for the graph of an event.

    V key concepts are the first V single words of the answer to the paper's first prompt. Each
    expansion asks the second prompt about all words so far and grows one level on the last one
    (`growth.grow`). A step that brings too little is repaired with prompts of ours. Words that
    end nowhere in the last level are left out.

    Args:
        model: an endpoint or a replay.
        event: what stands for [event name]: "Denial of Service attack".
        recipe: sizes; `Recipe()` where None.
        name: the mission's name in file-name form; from the event where None.
        title: the group of classes it is about; the event where None.
        embed: where an answer names words under no concept and repairs do not help, they go to
            the most similar concept; without it they are left out.

    Raises:
        PclipError: the event cannot be a mission's, or the model cannot answer.
        UnusableAnswersError: the answers hold too few words.

    Source: PacketCLIP section 3.1.
    """
    name, title, source = name or mission_name(event), title or event, "the mission to be written"
    check_names(name, title, event, source)
    draft = _Draft(model, event, recipe or Recipe(), embed)
    levels, edges = draft.write()
    answers = draft.answers
    mission = Mission(
        name=name,
        title=title,
        event=event,
        levels=levels,
        edges=edges,
        provenance={
            "written_by": ", ".join(dict.fromkeys(answer.model for answer in answers)),
            "prompts": MISSION_PROMPTS,
            "answers": len(answers),
            "repairs": draft.repairs,
            "rejected": len(draft.rejected),
            "attached_by_similarity": len(draft.attached),
        },
    )
    mission = validate(mission_document(mission), source)
    return Generated(mission, tuple(draft.rejected), tuple(answers), draft.repairs, draft.recipe)


@dataclass
class _Draft:
    """A graph while it is written."""

    model: LanguageModel
    event: str
    recipe: Recipe
    embed: Embed | None
    answers: list[Answer] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    repairs: int = 0
    attached: set[str] = field(default_factory=set)
    unplaced: int = 0

    def write(self) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, str], ...]]:
        levels: list[tuple[str, ...]] = [self._key_concepts()]
        edges: list[tuple[str, str]] = []
        for _ in range(self.recipe.expansions):
            level = self._expansion(levels)
            self.rejected += level.rejected
            if not level.words:
                raise UnusableAnswersError(self._nothing_for(len(levels) + 1))
            levels.append(level.words)
            edges += level.edges
        kept, kept_edges = without_dead_ends(levels, edges)
        self.attached &= {word for level in kept for word in level}
        for number, (before, after) in enumerate(zip(levels, kept, strict=True), start=1):
            self.rejected += [Rejected(w, NO_CHILD, number) for w in before if w not in after]
        return kept, kept_edges

    def _nothing_for(self, level: int) -> str:
        placed = (
            f"; words that stand under no concept ({self.unplaced}) could be placed by --attach "
            "(embed=)"
        )
        return (
            f"{self.event!a}: no associated word for level {level} in the answers, the last of "
            f"which begins {self.answers[-1].text[:80]!a}; try another model, or fewer "
            f"expansions{placed if self.unplaced else ''}"
        )

    def _ask(self, text: str, *, repair: bool = False) -> str:
        sample = self.asked[text]
        self.asked[text] += 1
        self.repairs += repair
        (answer,) = self.model.answers([prompt(text)], samples=[sample])
        self.answers.append(answer)
        return answer.text

    def _key_concepts(self) -> tuple[str, ...]:
        wanted = self.recipe.key_concepts
        phrases = parse_list(self._ask(key_concepts_prompt(self.event, wanted)))
        words, rejected = accept(phrases, (), 1, wanted)
        for _ in range(self.recipe.repairs):
            if len(words) == wanted:
                break
            text = more_key_concepts_prompt(self.event, wanted - len(words), words)
            phrases += parse_list(self._ask(text, repair=True))
            words, rejected = accept(phrases, (), 1, wanted)
        self.rejected += rejected
        if not words:
            raise UnusableAnswersError(
                f"{self.event!a}: no single word in {len(self.answers)} answers, the first of "
                f"which begins {self.answers[0].text[:80]!a}; try another model"
            )
        return tuple(words)

    def _expansion(self, levels: Sequence[tuple[str, ...]]) -> Level:
        graph = [word for level in levels for word in level]
        parents = levels[-1]
        found = parse_associations(self._ask(expansion_prompt(graph)), graph)
        pairs, loose = list(found.pairs), list(found.unattached)
        strays: list[str] = []
        flat = not pairs
        for repair in range(self.recipe.repairs):
            missing = self._without_words(parents, pairs, graph)
            if not missing:
                break
            unplaced = accept(_unplaced(loose, pairs), graph, 0, self.recipe.level_words)[0]
            # Beside concepts with their words, a few words without a concept are leftovers of
            # headings and remarks. What a model would not place once is not offered again.
            placing = repair == 0 and bool(unplaced) and (flat or len(unplaced) >= len(missing))
            text = (
                missing_parents_prompt(self.event, missing, unplaced)
                if placing
                else missing_words_prompt(self.event, missing, graph)
            )
            found = parse_associations(self._ask(text, repair=True), graph)
            pairs += found.pairs
            # Asked which concept a word goes with, a model that names none says something else:
            # that is counted, but is no new word to be attached.
            (strays if placing else loose).extend(found.unattached)
        number = len(levels) + 1
        strays = _unplaced(strays, [*pairs, *(("", phrase) for phrase in loose)])
        words, rejected = accept(strays, graph, number, len(strays))
        self.rejected += [*rejected, *(Rejected(word, NO_CONCEPT, number) for word in words)]
        return self._grown(pairs, loose, levels)

    def _grown(
        self,
        pairs: list[tuple[str, str]],
        loose: list[str],
        levels: Sequence[tuple[str, ...]],
    ) -> Level:
        graph = [word for level in levels for word in level]
        number = len(levels) + 1
        unplaced, rejected = accept(_unplaced(loose, pairs), graph, number, len(loose))
        self.rejected += rejected
        self.unplaced = 0 if self.embed else len(unplaced)
        if unplaced and self.embed:
            pairs += _by_similarity(self.embed, unplaced, levels[-1])
        else:
            self.rejected += [Rejected(word, NO_CONCEPT, number) for word in unplaced]
        level = grow(
            pairs,
            levels[-1],
            graph,
            level=number,
            per_concept=self.recipe.associated,
            most=self.recipe.level_words,
        )
        if self.embed:
            self.attached |= {*unplaced} & {*level.words}
        return level

    @staticmethod
    def _without_words(
        parents: Sequence[str], pairs: Sequence[tuple[str, str]], graph: Sequence[str]
    ) -> list[str]:
        """The parents that no word can be attached to yet."""
        taken = SameWords(graph)
        named = ((concept, single_word(phrase)) for concept, phrase in pairs)
        served = {concept for concept, word in named if word and not taken.find(word)}
        return [parent for parent in parents if parent not in served]


def _unplaced(loose: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The phrases that stand under no concept, in this answer or in another."""
    placed = dict.fromkeys(phrase for _, phrase in pairs)
    words = SameWords(filter(None, map(single_word, placed)))
    return [
        phrase
        for phrase in dict.fromkeys(loose)
        if phrase not in placed and not words.find(single_word(phrase) or "")
    ]


def _by_similarity(
    embed: Embed, words: Sequence[str], concepts: Sequence[str]
) -> list[tuple[str, str]]:
    of_words = embed([concept_prompt(word) for word in words])
    of_concepts = embed([concept_prompt(word) for word in concepts])
    nearest = np.argmax(of_words @ of_concepts.T, axis=1)
    return [(concepts[int(i)], word) for i, word in zip(nearest, words, strict=True)]


def mission_name(event: str) -> str:
    """The event in file-name form, never empty: a mission's name where none is said."""
    name = re.sub(r"[^a-z0-9]+", "_", event.lower().removesuffix(" attack"))[:32].strip("_")
    return name or "mission"
