"""Which words the captions of each mission's flows have: the lower half of Figure 6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pclip.data import Dataset, flow_classes
from pclip.missions import Mission
from pclip.text import CaptionPool, frequent_words

MOST_WORDS = 30


def mission_words(
    dataset: Dataset, captions: CaptionPool, missions: Sequence[Mission]
) -> list[dict[str, Any]]:
    """The most frequent words of each mission's captions.

    A caption counts once, however many flows share it: a flood's thousand equal flows would
    otherwise be all that is seen.

    Args:
        dataset: its flows are those that `captions` describes.
        captions: the caption pool.
        missions: each is about the flows of the group of its title.

    Returns:
        For each mission {"title": ..., "counts": [[word, captions' occurrences], ...]}.
    """
    group_of_flow = dataset.group_of_class[flow_classes(dataset)]
    found = []
    for mission in missions:
        own = group_of_flow == dataset.groups.index(mission.title)
        used = np.unique(captions.caption_of_flow[own])
        texts = [captions.texts[i] for i in used[used >= 0].tolist()]
        counts = [list(pair) for pair in frequent_words(texts, MOST_WORDS)]
        found.append({"title": mission.title, "counts": counts})
    return found
