"""One expansion of a graph, and what becomes of every phrase that was named."""

from __future__ import annotations

from pclip.missions.growth import (
    BEYOND_BOUND,
    EARLIER_CONCEPT,
    NOT_SINGLE,
    THERE_ALREADY,
    Rejected,
    accept,
    grow,
    without_dead_ends,
)


def test_the_first_usable_words_are_accepted() -> None:
    words, rejected = accept(["Flood", "floods", "packet storm", "SYN", "ack"], ["ping"], 1, 2)
    assert words == ["flood", "syn"]
    assert rejected == [
        Rejected("floods", THERE_ALREADY, 1),
        Rejected("packet storm", NOT_SINGLE, 1),
        Rejected("ack", BEYOND_BOUND, 1),
    ]


def test_a_plural_that_another_parent_names_is_the_same_word() -> None:
    pairs = [("flood", "caches"), ("botnet", "cache"), ("botnet", "zombie"), ("flood", "floods")]
    level = grow(pairs, ["flood", "botnet"], ["flood", "botnet"], level=2, per_concept=2, most=4)
    assert level.words == ("caches", "zombie")
    assert level.edges == (("flood", "caches"), ("botnet", "caches"), ("botnet", "zombie"))
    assert accept(["zombies", "zombie", "cpu", "cpus"], ["api"], 1, 9)[0] == ["zombies", "cpu"]


def test_parents_choose_in_turn_and_every_stated_association_is_an_edge() -> None:
    pairs = [
        ("flood", "surge"),
        ("flood", "deluge"),
        ("flood", "torrent"),
        ("botnet", "surge"),
        ("botnet", "zombie"),
        ("botnet", "torrent"),
    ]
    level = grow(pairs, ["flood", "botnet"], ["flood", "botnet"], level=2, per_concept=1, most=2)
    assert level.words == ("surge", "zombie")
    assert level.edges == (("flood", "surge"), ("botnet", "surge"), ("botnet", "zombie"))
    assert {(r.phrase, r.reason) for r in level.rejected} == {
        ("deluge", BEYOND_BOUND),
        ("torrent", BEYOND_BOUND),
    }


def test_a_full_level_still_serves_a_parent_that_has_nothing() -> None:
    pairs = [("a1", "one"), ("a1", "two"), ("a2", "three"), ("a3", "four")]
    level = grow(pairs, ["a1", "a2", "a3"], ["a1", "a2", "a3"], level=2, per_concept=2, most=2)
    assert level.words == ("one", "three", "four")


def test_only_the_last_level_has_children_and_nothing_is_named_twice() -> None:
    graph = ["flood", "surge"]
    pairs = [("flood", "deluge"), ("surge", "Floods"), ("surge", "tidal wave"), ("surge", "wave")]
    level = grow(pairs, ["surge"], graph, level=3, per_concept=2, most=4)
    assert (level.words, level.edges) == (("wave",), (("surge", "wave"),))
    assert [(r.phrase, r.reason) for r in level.rejected] == [
        ("Floods", THERE_ALREADY),
        ("tidal wave", NOT_SINGLE),
        ("deluge", EARLIER_CONCEPT),
    ]
    assert {r.level for r in level.rejected} == {3}


def test_dead_ends_take_their_parents_with_them() -> None:
    levels = [["a", "b"], ["c", "d", "e"], ["f"]]
    edges = [("a", "c"), ("b", "d"), ("c", "f")]
    assert without_dead_ends(levels, edges) == (
        (("a",), ("c",), ("f",)),
        (("a", "c"), ("c", "f")),
    )
    assert without_dead_ends([["a"], []], []) == (((), ()), ())
