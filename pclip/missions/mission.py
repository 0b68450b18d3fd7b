"""A mission: the words of one kind of attack, in levels, and which word leads to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Parallel to the caption prefix of section 3.2, so that concepts, captions and class names meet
# in one region of the text encoder's space.
_CONCEPT_PROMPT = "A network traffic of {}."


@dataclass(frozen=True)
class Mission:
    """A mission-specific knowledge graph without its sensor and embedding nodes.

    Key concepts are level 1; expansion i of the paper's two-prompt procedure adds level i + 1.
    `compile_mission` adds the sensor before level 1 and the embedding node behind the last level.

    Attributes:
        name: file-name form, such as "brute_force".
        title: the dataset's name of the group of classes this mission is about ("Brute Force").
        event: the words that stand for [event name] in a prompt.
        levels: single lower-case words, level by level; no word occurs twice.
        edges: (word of level i, word of level i + 1).
        provenance: who wrote the graph, from which prompts.

    Source: PacketCLIP section 3.1.
    """

    name: str
    title: str
    event: str
    levels: tuple[tuple[str, ...], ...]
    edges: tuple[tuple[str, str], ...]
    provenance: Mapping[str, str | int | tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def concepts(self) -> tuple[str, ...]:
        """All words, level by level: the order of the rows of every concept matrix."""
        return tuple(word for level in self.levels for word in level)

    @property
    def key_concepts(self) -> tuple[str, ...]:
        """The words of level 1."""
        return self.levels[0]


def concept_prompt(word: str) -> str:
    """Put a concept word into the sentence that the text encoder reads.

    The paper does not say how a concept is encoded; a bare word is far from every caption.

    Source: ours, after the caption prefix of PacketCLIP section 3.2.
    """
    return _CONCEPT_PROMPT.format(word)
