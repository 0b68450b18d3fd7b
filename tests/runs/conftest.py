"""The built-in capture thinned out, with made-up vectors in place of the encoders' ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pclip.data import load
from pclip.embedding import distinct_rows
from pclip.missions import compile_mission, load_missions
from pclip.packets import bigram_tokens, policy_bytes
from pclip.runs.inputs import Inputs, _captions, thinned
from pclip.training.fine_tuning import PacketTokens


@pytest.fixture(scope="session")
def testbed():
    return load("testbed")


@pytest.fixture(scope="session")
def inputs(testbed):
    rng = np.random.default_rng(0)
    dataset = thinned(testbed, 12)
    bigrams = bigram_tokens(dataset.packets, bytes="identity_free")
    usable = np.flatnonzero(dataset.packets.usable)
    distinct = distinct_rows(bigrams.ids[usable])
    rows = usable[distinct.first]
    input_of_packet = np.full(len(dataset.packets), -1, np.int32)
    input_of_packet[usable] = distinct.inverse
    missions = load_missions()
    config = SimpleNamespace(
        captions=SimpleNamespace(
            seed=0, most=40, policy="paper", paraphrases="shipped", concepts=True
        )
    )
    captions, caption_of_packet = _captions(config, dataset, missions)
    compiled = tuple(compile_mission(mission) for mission in missions)
    return Inputs(
        dataset=dataset,
        tokens=PacketTokens(bigrams.ids[rows], bigrams.lengths[rows]),
        packet_of_input=rows,
        input_bytes=policy_bytes(dataset.packets.take(rows), bytes="identity_free")[0],
        input_of_packet=input_of_packet,
        packet_encoder=None,
        text_encoder=None,
        packet_vectors=rng.normal(size=(len(rows), 6)).astype(np.float32),
        captions=captions,
        caption_of_packet=caption_of_packet,
        caption_vectors=rng.normal(size=(len(captions.texts), 5)).astype(np.float32),
        prompt_vectors=rng.normal(size=(20, 5)).astype(np.float32),
        prompts_per_class=(2,) * 10,
        missions=missions,
        compiled=compiled,
        concept_vectors=(
            tuple(rng.normal(size=(len(m.concepts), 5)).astype(np.float32) for m in compiled),
        ),
    )
