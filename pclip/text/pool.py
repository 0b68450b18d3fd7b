"""The fixed pool of captions that a run aligns packets with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pclip.errors import PclipError
from pclip.text.bank import Bank
from pclip.text.caption_style import CaptionStyle
from pclip.text.captioning import caption_texts

_EVEN_SHARE = 0.5  # of the capped pool, dealt out evenly before the rest goes by size
_UNSET = -1


class FlowColumns(Protocol):
    """What is read of a flow table: CICFlowMeter columns by name."""

    @property
    def columns(self) -> Mapping[str, np.ndarray]:
        """Column name -> one value per flow."""
        ...


@dataclass(frozen=True)
class CaptionPool:
    """Distinct captions and which flow has which.

    Attributes:
        texts: distinct captions, in order of the first flow that has each.
        caption_of_flow: int32[num_flows], index into `texts`; -1: not in the pool.
        left_out: number of flows that are not in the pool.
    """

    texts: tuple[str, ...]
    caption_of_flow: npt.NDArray[np.int32]
    left_out: int


def caption_pool(
    flows: FlowColumns,
    flow_labels: Sequence[str],
    concepts_of_label: Mapping[str, Sequence[str]],
    seed: int,
    max_captions: int,
    style: CaptionStyle | None = None,
    bank: Bank | None = None,
) -> CaptionPool:
    """Write one caption per flow and keep at most `max_captions` distinct ones.

    Captions follow from (seed, flow number) alone (`caption_texts`). Where there are too many
    distinct captions, half of the places are dealt out evenly over the classes and the rest in
    proportion to what each class has left; within a class, flows are drawn at random. A flow
    whose caption was kept for another flow stays in the pool: it costs nothing.

    Args:
        flows: flow table with n rows.
        flow_labels: class name of each flow.
        concepts_of_label: class name -> key concepts of its mission; classes that are absent or
            have none (benign) get a caption without concepts.
        seed: not negative.
        max_captions: greatest number of distinct captions, at least the number of classes.
        style: what captions consist of; None for the paper's.
        bank: phrasings of the templates; None for the shipped ones.

    Raises:
        PclipError: a column is missing or no number, a negative seed, or `max_captions` below
            the number of classes.
        ValueError: the number of labels differs from the number of flows.

    Source: PacketCLIP section 3.2; the cap is ours.
    """
    labels = np.asarray(flow_labels, dtype=np.str_)
    num_classes = len(set(labels.tolist()))
    if max_captions < max(1, num_classes):
        raise PclipError(
            f"max_captions: found {max_captions}, expected at least {max(1, num_classes)}: "
            "one caption for each class of the flows"
        )
    captions = caption_texts(flows.columns, labels, concepts_of_label, seed, style, bank)
    distinct = {text: i for i, text in enumerate(dict.fromkeys(captions))}
    caption_of_flow = np.fromiter((distinct[text] for text in captions), np.int64, len(captions))
    texts = list(distinct)
    if len(texts) > max_captions:
        kept = _stratified(caption_of_flow, labels, seed, max_captions)
        renumbered = np.full(len(texts), _UNSET, dtype=np.int64)
        renumbered[kept] = np.arange(len(kept))
        caption_of_flow = renumbered[caption_of_flow]
        texts = [texts[i] for i in kept]
    return CaptionPool(
        texts=tuple(texts),
        caption_of_flow=caption_of_flow.astype(np.int32),
        left_out=int(np.count_nonzero(caption_of_flow == _UNSET)),
    )


def _stratified(
    caption_of_flow: npt.NDArray[np.int64],
    labels: npt.NDArray[np.str_],
    seed: int,
    max_captions: int,
) -> npt.NDArray[np.int64]:
    """Numbers of the captions to keep, ascending."""
    # The second word sets this stream apart from the one that draws templates and concepts.
    shuffled = np.random.default_rng([seed, 1]).permutation(len(labels))
    _, first = np.unique(caption_of_flow[shuffled], return_index=True)
    flows = shuffled[np.sort(first)]  # one flow per distinct caption, in random order
    classes, class_of_caption = np.unique(labels[flows], return_inverse=True)
    quotas = allocate(np.bincount(class_of_caption, minlength=len(classes)), max_captions)
    kept = [caption_of_flow[flows[class_of_caption == k]][:quota] for k, quota in enumerate(quotas)]
    return np.sort(np.concatenate(kept))


def allocate(available: npt.NDArray[np.int64], places: int) -> npt.NDArray[np.int64]:
    """Deal out places over classes: part of them evenly, the rest by size.

    quota_k = share_k + (places - sum share) * rest_k / sum rest, by largest remainder, where
    share_k = min(available_k, max(1, places / 2K)) and rest_k = available_k - share_k.

    Args:
        available: int[K], what each class could use, each at least 1.
        places: at least K, at most the sum of `available`.

    Returns:
        int[K] with sum `places`, between 1 and `available`.
    """
    share = np.minimum(available, max(1, int(_EVEN_SHARE * places / len(available))))
    rest = available - share
    free = places - int(share.sum())
    if free == 0:
        return share
    exact = free * rest / rest.sum()
    quotas = share + np.floor(exact).astype(np.int64)
    by_remainder = np.argsort(-(exact - np.floor(exact)), kind="stable")
    quotas[by_remainder[: places - int(quotas.sum())]] += 1
    return quotas
