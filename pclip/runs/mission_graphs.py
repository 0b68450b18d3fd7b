"""The mission graphs that a config asks for."""

from __future__ import annotations

from collections.abc import Sequence

from ml_collections import ConfigDict

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
GRAPHS = (SHIPPED, "pruned", "shuffled", "random_words")


def written_graphs(config: ConfigDict) -> tuple[Mission, ...]:
    """The graphs before anything is done to their words: those that ship, or the user's.

    Raises:
        PclipError: the user's cannot be read.
    """
    graphs = config.missions.graphs
    return load_missions() if graphs in GRAPHS else load_mission_files(graphs)


def in_group_order(missions: Sequence[Mission], groups: Sequence[str]) -> tuple[Mission, ...]:
    """Missions in the order of a dataset's groups, others behind them: files have any order."""
    place = {group: i for i, group in enumerate(groups)}
    return tuple(sorted(missions, key=lambda mission: place.get(mission.title, len(groups))))


def reasoned_graphs(
    config: ConfigDict, written: Sequence[Mission], embed: Embed
) -> tuple[Mission, ...]:
    """The graphs that detectors reason on.

    Args:
        config: an experiment's config; `missions.graphs` says what is done to the words.
        written: the graphs as they were written.
        embed: texts to unit vectors, by the run's text encoder: what pruning measures with.

    Raises:
        PclipError: the words cannot be changed so.
    """
    seed = config.missions.seed
    match config.missions.graphs:
        case "pruned":
            return tuple(
                prune(mission, measure(mission, embed, written)).mission for mission in written
            )
        case "shuffled":
            return shuffled_words(written, seed)
        case "random_words":
            return random_words(written, seed)
    return tuple(written)
