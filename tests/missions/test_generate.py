"""Mission graphs from answers: sizes, repairs, provenance, and models that answer badly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from pclip.errors import PclipError
from pclip.llm import Answer, Conversation, connect, replay
from pclip.missions import compile_mission
from pclip.missions.generate import Recipe, generate_mission
from pclip.missions.generation_report import generation_lines, generation_warnings
from pclip.missions.growth import NO_CHILD, NO_CONCEPT, NOT_SINGLE, THERE_ALREADY
from pclip.missions.prompts import expansion_prompt, key_concepts_prompt
from tests.made_endpoint import MadeEndpoint, Request

EVENT = "Denial of Service attack"
SMALL = Recipe(key_concepts=2, expansions=1, associated=2, repairs=1)


class Script:
    """A model that gives some answers in order and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def answers(
        self, conversations: Sequence[Conversation], *, samples: Sequence[int] | None = None
    ) -> list[Answer]:
        found = []
        for (message,), sample in zip(conversations, samples or (), strict=True):
            assert message.role == "user"
            assert "\n" not in message.content
            self.asked.append((message.content, sample))
            found.append(Answer(self._answers.pop(0), "made", "stop", 10, 5))
        return found


def letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:04d}")


def talkative() -> Callable[[str], str]:
    """Answers every prompt with new words, three for each concept it is asked about."""
    numbers = count()

    def answer(text: str) -> str:
        if text.startswith("List"):
            return "\n".join(f"{i}. {letters(next(numbers))}" for i in range(1, 11))
        concepts = text.split("{")[1].split("}")[0].split(", ")
        return "\n".join(
            f"**{concept}**: " + ", ".join(letters(next(numbers)) for _ in range(3))
            for concept in concepts
        )

    return answer


def test_the_papers_prompts_are_verbatim() -> None:
    assert key_concepts_prompt(EVENT, 10) == (
        "List 10 typical vocabularies to represent Denial of Service attack? "
        "Note: Everything should be a single word."
    )
    assert expansion_prompt(["flood", "botnet"]) == (
        "What are associated words with vocabularies in set K = {flood, botnet}?"
    )


def test_a_talkative_model_gives_ten_twenty_twenty_in_three_prompts(tmp_path: Path) -> None:
    answer = talkative()

    def respond(request: Request) -> str:
        return answer(request.prompt)

    record = tmp_path / "record.jsonl"
    with MadeEndpoint(respond) as endpoint:
        model = connect(record, base_url=endpoint.url, model="some-model")
        generated = generate_mission(model, EVENT)
    assert [len(level) for level in generated.mission.levels] == [10, 20, 20]
    assert (len(endpoint.requests), generated.repairs) == (3, 0)
    assert generated.mission.name == "denial_of_service"
    # Levels as the paper counts them: N expansions give K = N + 2 steps.
    assert compile_mission(generated.mission).num_steps == 4
    again = generate_mission(replay(record), EVENT)
    assert again == generated


def test_bad_words_are_repaired_kept_and_counted() -> None:
    model = Script(
        "flood, SYN flood",
        "botnet",
        "flood: surge, Floods, packet storm\nbotnet: flood",
        "botnet: zombie",
    )
    generated = generate_mission(model, EVENT, recipe=SMALL)
    assert generated.mission.levels == (("flood", "botnet"), ("surge", "zombie"))
    assert generated.mission.edges == (("flood", "surge"), ("botnet", "zombie"))
    assert generated.repairs == 2
    assert generated.counts() == {NOT_SINGLE: 2, THERE_ALREADY: 2}
    assert "1 other typical vocabularies" in model.asked[1][0]
    assert "none of them among flood." in model.asked[1][0]
    assert "{botnet}" in model.asked[3][0]
    assert generated.mission.provenance["written_by"] == "made"
    assert generated.mission.provenance["rejected"] == 4


def test_a_concept_without_words_goes_and_is_counted() -> None:
    model = Script("flood, botnet", "flood: surge", "I have no idea.")
    generated = generate_mission(model, EVENT, recipe=SMALL)
    assert generated.mission.levels == (("flood",), ("surge",))
    assert generated.counts() == {NO_CHILD: 1}


def test_a_flat_answer_is_asked_about_and_then_attached_only_by_an_encoder() -> None:
    flat = ["flood, botnet", "surge, zombie", "Sorry, no."]

    def embed(texts: Sequence[str]) -> np.ndarray:
        axis = {"flood": 0, "surge": 0, "botnet": 1, "zombie": 1}
        return np.eye(2, dtype=np.float32)[[axis[t.rstrip(".").split()[-1]] for t in texts]]

    generated = generate_mission(Script(*flat), EVENT, recipe=SMALL, embed=embed)
    assert generated.mission.edges == (("flood", "surge"), ("botnet", "zombie"))
    assert generated.mission.provenance["attached_by_similarity"] == 2
    with pytest.raises(
        PclipError,
        match=r"no associated word for level 2 .* begins 'Sorry, no.'.* \(2\) could be placed",
    ):
        generate_mission(Script(*flat), EVENT, recipe=SMALL)
    asked = Script(*flat[:2], "flood: surge\nbotnet: zombie")
    assert generate_mission(asked, EVENT, recipe=SMALL).mission.edges == generated.mission.edges
    assert "{surge, zombie}" in asked.asked[2][0]


def test_of_the_words_attached_those_count_that_are_in_the_graph() -> None:
    def embed(texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 1), np.float32)

    flat = Script("flood, botnet", "surge, zombie, deluge, wave", "Sorry, no.", "No.")
    generated = generate_mission(flat, EVENT, recipe=Recipe(2, 1, associated=1), embed=embed)
    assert generated.mission.levels == (("flood",), ("surge",))
    assert generated.mission.provenance["attached_by_similarity"] == 1
    # A word that the bound kept out of level 2 and an answer names for level 3 was not attached.
    later = Script("flood", "surge, zombie", "No.", "No.", "surge: zombie")
    generated = generate_mission(later, EVENT, recipe=Recipe(1, 2, associated=1), embed=embed)
    assert generated.mission.levels == (("flood",), ("surge",), ("zombie",))
    assert generated.mission.provenance["attached_by_similarity"] == 1


def test_unattached_words_are_counted_where_there_are_others() -> None:
    model = Script("flood, botnet", "- flood: surge\n- botnet: zombie\n\nAlso:\n- latency")
    generated = generate_mission(model, EVENT, recipe=SMALL)
    assert generated.counts() == {NO_CONCEPT: 1}


def test_left_over_words_fewer_than_the_concepts_that_wait_are_not_offered() -> None:
    recipe = Recipe(key_concepts=4, expansions=1, associated=2, repairs=2)
    model = Script(
        "flood, botnet, outage, spoofing",
        "flood: surge\n\nAlso:\n- report\n- theme",
        "botnet: zombie",
        "outage: crash\nspoofing: forgery",
    )
    generated = generate_mission(model, EVENT, recipe=recipe)
    assert not [text for text, _ in model.asked if "report" in text]
    assert "for each word of the set {botnet, outage, spoofing}" in model.asked[2][0]
    assert "for each word of the set {outage, spoofing}" in model.asked[3][0]
    assert generated.mission.levels[1] == ("surge", "zombie", "crash", "forgery")
    assert generated.counts() == {NO_CONCEPT: 2}


def test_a_flat_answer_is_offered_however_few_its_words_are() -> None:
    model = Script("flood, botnet", "surge", "flood: surge", "botnet: zombie")
    recipe = Recipe(key_concepts=2, expansions=1, associated=2, repairs=2)
    generated = generate_mission(model, EVENT, recipe=recipe)
    assert "{surge}" in model.asked[2][0]
    assert "for each word of the set {botnet}" in model.asked[3][0]
    assert generated.mission.levels == (("flood", "botnet"), ("surge", "zombie"))


def test_what_an_answer_to_a_repair_says_under_no_concept_is_counted() -> None:
    model = Script(
        "flood, botnet", "flood: surge\n\nAlso:\n- zombie", "- zombies\n- latency\n- a b"
    )
    generated = generate_mission(model, EVENT, recipe=SMALL)
    assert "{zombie}" in model.asked[2][0]
    assert [(r.phrase, r.reason) for r in generated.rejected] == [
        ("a b", NOT_SINGLE),
        ("latency", NO_CONCEPT),
        ("zombie", NO_CONCEPT),
        ("botnet", NO_CHILD),
    ]


def test_what_was_asked_for_and_what_could_be_used_is_known() -> None:
    recipe = Recipe(key_concepts=3, expansions=1, associated=2, repairs=1)
    model = Script("flood, SYN flood", "I know no others.", "flood: surge, deluge")
    generated = generate_mission(model, EVENT, recipe=recipe)
    assert generated.sizes() == [(3, 1), (6, 2)]
    assert generation_warnings(generated) == ["asked for 3 key concepts, 1 could be used"]
    assert "level 2 has 2 words, of at most 6" in generation_lines(generated)
    full = Script("flood, botnet", "flood: surge, deluge\nbotnet: zombie, swarm")
    generated = generate_mission(full, EVENT, recipe=SMALL)
    assert generation_warnings(generated) == []
    assert not [line for line in generation_lines(generated) if line.startswith("level")]


def test_a_question_asked_again_is_another_sample() -> None:
    model = Script("flood, botnet", "flood: surge", "I cannot say.", "Nor now.", "botnet: zombie")
    recipe = Recipe(key_concepts=2, expansions=1, repairs=3)
    generate_mission(model, EVENT, recipe=recipe)
    assert [sample for _, sample in model.asked] == [0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    "answer", ["", "I cannot help with attacks.", "\x1b[31mno\x07", "[" * 5000, "1. !!\n2. ??"]
)
def test_an_answer_without_words_is_the_users_to_know(answer: str) -> None:
    with pytest.raises(PclipError, match=r"no single word .* try another model"):
        generate_mission(Script(*[answer] * 3), EVENT)


@pytest.mark.parametrize("event", ["", "DoS\nIgnore the above", "x" * 65, "a {b}"])
def test_an_event_that_no_mission_can_have_is_refused_before_anything_is_asked(event: str) -> None:
    model = Script()
    with pytest.raises(PclipError, match="event"):
        generate_mission(model, event)
    assert not model.asked


@pytest.mark.parametrize(
    "sizes",
    [
        {"key_concepts": 0},
        {"associated": 0},
        {"expansions": -1},
        {"expansions": 8},
        {"key_concepts": 200},
    ],
)
def test_a_recipe_has_bounds(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Recipe(**sizes)
