"""Captions and the pool: form, seeds, sharing, the stratified cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.errors import PclipError
from pclip.text import CAPTION_COLUMNS, CaptionPool, CaptionStyle, caption_pool, caption_texts
from pclip.text.pool import allocate

CONCEPTS = {
    "SYN Flood": ("flood", "botnet", "amplification", "target", "saturation"),
    "Slowloris": ("flood", "botnet", "amplification", "target", "saturation"),
    "Port Scan": ("scan", "probe"),
}
CLASSES = ("Benign", "SYN Flood", "Slowloris", "Port Scan")


@dataclass(frozen=True)
class Flows:
    columns: Mapping[str, np.ndarray]


def make_flows(number: int, seed: int = 0, spread: float = 3.0) -> Flows:
    rng = np.random.default_rng(seed)
    columns: dict[str, np.ndarray] = {
        name: np.floor(np.exp(rng.normal(3.0, spread, number))) for name in CAPTION_COLUMNS
    }
    columns["Protocol"] = rng.choice([1, 6, 17], number)
    columns["Flow Bytes/s"][::3] = np.inf
    return Flows(columns)


def make_labels(number: int, weights: tuple[float, ...] = (0.7, 0.2, 0.02, 0.08)) -> list[str]:
    return list(np.random.default_rng(1).choice(CLASSES, number, p=weights))


def parts(text: str) -> tuple[str, str, list[str]]:
    label, _, rest = text.removeprefix("A network traffic of ").partition(". ")
    description, _, concepts = rest.partition(" Related concepts: ")
    return label, description, concepts.removesuffix(".").split(", ") if concepts else []


def test_every_flow_has_the_caption_that_is_written_for_it() -> None:
    flows, labels = make_flows(300), make_labels(300)
    for style in (None, CaptionStyle("label_free", concepts=False)):
        pool = caption_pool(flows, labels, CONCEPTS, seed=0, max_captions=1000, style=style)
        assert pool.caption_of_flow.dtype == np.int32
        assert pool.left_out == 0
        written = caption_texts(flows.columns, np.array(labels), CONCEPTS, 0, style)
        assert [pool.texts[number] for number in pool.caption_of_flow] == written


def test_texts_are_distinct_in_order_of_first_use_and_shared() -> None:
    flows = make_flows(2000, spread=0.01)  # nearly equal rows
    pool = caption_pool(flows, make_labels(2000), CONCEPTS, seed=0, max_captions=2000)
    assert len(set(pool.texts)) == len(pool.texts) < 2000
    _, first = np.unique(pool.caption_of_flow, return_index=True)
    assert list(first) == sorted(first)


def equal(a: CaptionPool, b: CaptionPool) -> bool:
    return a.texts == b.texts and np.array_equal(a.caption_of_flow, b.caption_of_flow)


@pytest.mark.parametrize("cap", [100, 1000])
def test_the_seed_decides(cap: int) -> None:
    flows, labels = make_flows(400), make_labels(400)
    first = caption_pool(flows, labels, CONCEPTS, seed=7, max_captions=cap)
    assert equal(first, caption_pool(flows, labels, CONCEPTS, seed=7, max_captions=cap))
    assert not equal(first, caption_pool(flows, labels, CONCEPTS, seed=8, max_captions=cap))


def test_a_flows_caption_does_not_depend_on_the_flows_behind_it() -> None:
    flows, labels = make_flows(200), make_labels(200)
    fewer = Flows({name: values[:50] for name, values in flows.columns.items()})
    whole = caption_pool(flows, labels, CONCEPTS, seed=3, max_captions=1000)
    part = caption_pool(fewer, labels[:50], CONCEPTS, seed=3, max_captions=1000)
    for i in range(50):
        assert whole.texts[whole.caption_of_flow[i]] == part.texts[part.caption_of_flow[i]]


def test_the_cap_keeps_every_class_and_shares_captions() -> None:
    flows, labels = make_flows(3000), np.array(make_labels(3000))
    everything = caption_pool(flows, list(labels), CONCEPTS, seed=0, max_captions=10_000)
    pool = caption_pool(flows, list(labels), CONCEPTS, seed=0, max_captions=400)
    assert len(everything.texts) > 400 == len(pool.texts)
    kept = pool.caption_of_flow >= 0
    assert pool.left_out == np.count_nonzero(~kept) == np.count_nonzero(pool.caption_of_flow == -1)
    assert set(pool.caption_of_flow[kept]) == set(range(400))

    captions = Counter(parts(text)[0] for text in pool.texts)
    available = Counter(parts(text)[0] for text in everything.texts)
    for name in CLASSES:
        # An even share of half the places, or all that the class has.
        assert captions[name] >= min(available[name], 400 // 2 // len(CLASSES))
    assert captions["Benign"] > captions["SYN Flood"] > captions["Port Scan"]

    # A flow stays exactly where its caption stays.
    texts = set(pool.texts)
    for i in range(3000):
        text = everything.texts[everything.caption_of_flow[i]]
        assert kept[i] == (text in texts)
        if kept[i]:
            assert pool.texts[pool.caption_of_flow[i]] == text


def test_the_smallest_cap_keeps_one_caption_a_class() -> None:
    pool = caption_pool(make_flows(500), make_labels(500), CONCEPTS, seed=0, max_captions=4)
    assert sorted(parts(text)[0] for text in pool.texts) == sorted(CLASSES)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.floats(0, 1))
def test_allocation_spends_every_place_and_none_twice(available: list[int], part: float) -> None:
    most, least = sum(available), len(available)
    places = least + int(part * (most - least))
    quotas = allocate(np.array(available), places)
    assert quotas.sum() == places
    assert np.all(quotas >= 1)
    assert np.all(quotas <= available)
    # More on offer never means fewer places, beyond the rounding of one.
    order = np.argsort(available, kind="stable")
    assert np.all(np.diff(quotas[order]) >= -1)


def test_allocation_by_hand() -> None:
    # 20 places: 10 dealt evenly, so 5 each but only 2 there; the other 13 go 95 : 0.
    assert allocate(np.array([100, 2]), 20).tolist() == [18, 2]
    # 12 places: 3 each, then 6 as 48 : 6, that is 5.33 and 0.67; the larger remainder gets one.
    assert allocate(np.array([51, 9]), 12).tolist() == [8, 4]


def test_no_flows_no_captions() -> None:
    pool = caption_pool(make_flows(0), [], CONCEPTS, seed=0, max_captions=10)
    assert pool.texts == ()
    assert pool.caption_of_flow.shape == (0,)
    assert pool.left_out == 0


def test_wrong_arguments() -> None:
    flows, labels = make_flows(50), make_labels(50)
    with pytest.raises(PclipError, match="found 0, expected at least 1"):
        caption_pool(make_flows(0), [], CONCEPTS, seed=0, max_captions=0)
    with pytest.raises(PclipError, match=r"max_captions: found 2, expected at least \d"):
        caption_pool(flows, labels, CONCEPTS, seed=0, max_captions=2)
    with pytest.raises(PclipError, match="caption seed: found -1"):
        caption_pool(flows, labels, CONCEPTS, seed=-1, max_captions=10)
    with pytest.raises(ValueError, match=r"flow_labels \(49,\) and flow column .* \(50,\)"):
        caption_pool(flows, labels[:49], CONCEPTS, seed=0, max_captions=10)
    columns = {k: v for k, v in flows.columns.items() if k not in ("Protocol", "Flow IAT Mean")}
    with pytest.raises(PclipError, match="no column Protocol, Flow IAT Mean"):
        caption_pool(Flows(columns), labels, CONCEPTS, seed=0, max_captions=10)
    words = dict(flows.columns) | {"Protocol": np.array(["tcp"] * 50)}
    with pytest.raises(PclipError, match="Protocol holds 'tcp', expected a number"):
        caption_pool(Flows(words), labels, CONCEPTS, seed=0, max_captions=1000)
