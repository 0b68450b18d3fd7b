"""The mission graphs that a config asks for."""

from __future__ import annotations

from collections.abc import Sequence

from ml_collections import ConfigDict

from pclip.data import OTHER, Dataset
from pclip.errors import PclipError
from pclip.missions import (
    Embed,
    Mission,
    load_mission_files,
    load_missions,
    measure,
    prune,
    random_words,
    shuffled_words,
)

SHIPPED = "shipped"
DEALT = ("shuffled", "random_words")
"""Changes that draw words: anew for every seed of a run."""
CHANGES = ("pruned", *DEALT)
GRAPHS = (SHIPPED, *CHANGES)


def written_graphs(config: ConfigDict) -> tuple[Mission, ...]:
    """The graphs before anything is done to their words: those that ship, or the user's.

    Raises:
        PclipError: the user's cannot be read.
    """
    _, source = _change_and_source(config)
    return load_missions() if source == SHIPPED else load_mission_files(source)


def deals(config: ConfigDict) -> int:
    """How many times words are drawn: once for each seed of a run, where they are drawn at all."""
    change, _ = _change_and_source(config)
    return max(*config.seeds.values(), 1) if change in DEALT else 1


def in_group_order(missions: Sequence[Mission], groups: Sequence[str]) -> tuple[Mission, ...]:
    """Missions in the order of a dataset's groups, others behind them: files have any order."""
    place = {group: i for i, group in enumerate(groups)}
    return tuple(sorted(missions, key=lambda mission: place.get(mission.title, len(groups))))


def check_missions(missions: Sequence[Mission], dataset: Dataset) -> None:
    """Each group has its mission, but for what is of none and was kept nevertheless.

    Args:
        missions: in any order.
        dataset: whose groups need them.

    Raises:
        PclipError: a group has none, or a mission no group.
    """
    missions = in_group_order(missions, dataset.groups)
    titles = ("Benign", *(mission.title for mission in missions))
    if tuple(dataset.groups) not in (titles, (*titles, OTHER)):
        raise PclipError(
            f"missions are {', '.join(titles[1:])}, but the groups of {dataset.name} are "
            f"{', '.join(dataset.groups[1:])}: each attack group needs a mission of that title "
            f"(`pclip missions new --title`, or the field in its file); a group {OTHER} needs none"
        )


def reasoned_graphs(
    config: ConfigDict, written: Sequence[Mission], embed: Embed, deal: int = 0
) -> tuple[Mission, ...]:
    """The graphs that detectors reason on.

    Args:
        config: an experiment's config; `missions.graphs` says what is done to the words.
        written: the graphs as they were written.
        embed: texts to unit vectors, by the run's text encoder: what pruning measures with.
        deal: which of `deals`; levels and edges are those of every other.

    Raises:
        PclipError: the words cannot be changed so.
    """
    seed = config.missions.seed + deal
    match _change_and_source(config)[0]:
        case "pruned":
            return tuple(
                prune(mission, measure(mission, embed, written)).mission for mission in written
            )
        case "shuffled":
            return shuffled_words(written, seed)
        case "random_words":
            return random_words(written, seed)
    return tuple(written)


def _change_and_source(config: ConfigDict) -> tuple[str, str]:
    """("shuffled", "mine") of "shuffled:mine"; a change alone is of the graphs that ship."""
    graphs = config.missions.graphs
    change, colon, source = graphs.partition(":")
    if change in CHANGES:
        return change, source if colon else SHIPPED
    return "", graphs
