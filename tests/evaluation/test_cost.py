from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.evaluation.cost import (
    add_costs,
    detector_cost,
    encoder_cost,
    fine_tuning_cost,
    heads_cost,
)
from pclip.missions import Mission, compile_mission
from pclip.models.classifier import init_classifier
from pclip.models.detector import Detector
from pclip.models.heads import init_heads
from pclip.models.packet_encoder import (
    RELEASED_VOCABULARY,
    load_packet_encoder,
    packet_encoder_config,
)
from pclip.models.temporal import TemporalSizes


def size(params):
    return sum(np.size(leaf) for leaf in jax.tree.leaves(params))


@pytest.mark.parametrize("kind", ["packet", "both"])
def test_heads(kind):
    found = heads_cost(7, 5, kind)
    params = init_heads(jax.random.key(0), 7, 5, 5, kind)
    assert found["params_trainable"] == found["params_total"] == size(params)
    assert found["macs"] == 7 * 5
    assert found["flops"] == 2 * found["macs"]


def test_a_detector_has_the_parameters_that_it_is_made_with():
    mission = compile_mission(
        Mission("m", "m", "m", (("a", "b"), ("c",)), (("a", "c"), ("b", "c")))
    )
    model = Detector((mission,), 3, dim=4, temporal=TemporalSizes(8, 2, 2, 12))
    found = detector_cost(model, (3,), window=5, width=6)
    variables = jax.eval_shape(
        model.init,
        jax.random.key(0),
        jnp.zeros((1, 5, 6)),
        (jnp.zeros((3, 6)),),
        jnp.ones((1, 5), bool),
    )
    assert found["params_trainable"] == sum(
        int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(variables["params"])
    )
    # Each packet passes the sensor's map, the projection, the blocks and the head at least.
    assert found["macs"] > 5 * (6 * 4 + 4 * 8 + 2 * (4 * 8 * 8 + 2 * 8 * 12) + 8 * 128 + 128 * 3)
    twice = detector_cost(model, (3,), window=10, width=6)
    assert twice["macs"] > 2 * found["macs"] - 3 * 6 * 4 * 2
    assert twice["params_total"] == found["params_total"]


def test_fine_tuning_counts_the_whole_classifier():
    encoder = load_packet_encoder("et-bert-tiny")
    found = fine_tuning_cost(encoder.config, 10)
    assert found["params_trainable"] == found["params_total"] == size(init_classifier(encoder, 10))


def test_et_bert_base_as_published():
    config = packet_encoder_config("et-bert-base", vocabulary=RELEASED_VOCABULARY)
    found = fine_tuning_cost(config, 10)
    # 12 blocks of 7,087,872, embeddings of (60,005 + 512 + 3) x 768 + 2 x 768, the classifier.
    blocks, embeddings = 12 * 7_087_872, (60_005 + 512 + 3) * 768 + 2 * 768
    assert found["params_total"] == blocks + embeddings + 769 * 768 + 769 * 10
    assert found["macs"] / 1e9 == pytest.approx(11.17, abs=0.01)
    frozen = encoder_cost(config)
    assert frozen["params_trainable"] == 0
    assert frozen["params_total"] == blocks + embeddings
    assert found["macs"] - frozen["macs"] == 768 * (768 + 10)


def test_systems_in_sequence_add_up():
    a, b = heads_cost(3, 2, "packet"), heads_cost(5, 4, "both")
    assert add_costs(a, b) == {key: a[key] + b[key] for key in a}
