from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.missions import Mission, compile_mission
from pclip.models.detector import Detector, verdict
from pclip.models.hierarchical_gnn import HierarchicalGNN
from pclip.models.mlp import MLP
from pclip.models.temporal import TemporalSizes, TemporalTransformer

B, A, E, C = 3, 5, 12, 3
SMALL = TemporalSizes(width=16, layers=1, heads=4, ff=24)
MASK = np.arange(A)[None] >= np.array([0, 2, 4])[:, None]
MISSIONS = tuple(
    compile_mission(Mission(name, name, name, levels, edges))
    for name, levels, edges in (
        ("one", (("a", "b"), ("c",)), (("a", "c"), ("b", "c"))),
        ("two", (("d",), ("e", "f"), ("g",)), (("d", "e"), ("d", "f"), ("e", "g"), ("f", "g"))),
    )
)


@pytest.fixture(scope="module")
def arguments():
    keys = jax.random.split(jax.random.key(1), 3)
    packets = jax.random.normal(keys[0], (B, A, E))
    concepts = (jax.random.normal(keys[1], (3, E)), jax.random.normal(keys[2], (4, E)))
    return packets, concepts, jnp.asarray(MASK)


@pytest.fixture(scope="module")
def detector():
    return Detector(MISSIONS, C, dim=8, temporal=SMALL, head_hidden=(20,))


@pytest.fixture(scope="module")
def variables(detector, arguments):
    return jax.jit(detector.init)(jax.random.key(0), *arguments)


def test_is_graphs_then_transformer_then_head(detector, variables, arguments):
    packets, concepts, mask = arguments
    params, running = variables["params"], variables["batch_stats"]
    found, updated = detector.apply(variables, *arguments, True, mutable=["batch_stats"])
    steps = []
    for mission, texts in zip(MISSIONS, concepts, strict=True):
        name = f"graph_{mission.name}"
        inner = {"params": params[name], "batch_stats": running[name]}
        vectors, changed = HierarchicalGNN(mission).apply(
            inner, packets.reshape(-1, E), texts, mask.reshape(-1), True, mutable=["batch_stats"]
        )
        steps.append(vectors.reshape(B, A, 8))
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6),
            updated["batch_stats"][name],
            changed["batch_stats"],
        )
    encoded = TemporalTransformer(16, 1, 4, 24).apply(
        {"params": params["context"]}, jnp.concatenate(steps, axis=-1), mask
    )
    expected = MLP(C, (20,)).apply({"params": params["head"]}, encoded)
    assert found.shape == (B, A, C)
    np.testing.assert_allclose(found[MASK], expected[MASK], atol=1e-5)


def test_without_missions_the_packet_vectors_go_straight_to_the_transformer(arguments):
    packets, _, mask = arguments
    detector = Detector((), C, temporal=SMALL)
    variables = jax.jit(detector.init)(jax.random.key(0), packets, (), mask)
    assert set(variables) == {"params"}
    assert set(variables["params"]) == {"context", "head"}
    encoded = TemporalTransformer(16, 1, 4, 24).apply(
        {"params": variables["params"]["context"]}, packets, mask
    )
    expected = MLP(C, (128,)).apply({"params": variables["params"]["head"]}, encoded)
    np.testing.assert_allclose(
        detector.apply(variables, packets, (), mask)[MASK], expected[MASK], atol=1e-6
    )


@pytest.fixture(scope="module")
def evaluate(detector):
    return jax.jit(detector.apply)


def test_what_stands_at_padding_is_ignored(detector, variables, arguments):
    packets, concepts, mask = arguments

    @jax.jit
    def outputs_and_gradients(packets):
        def loss(params):
            inner = {**variables, "params": params}
            out, _ = detector.apply(inner, packets, concepts, mask, True, mutable=["batch_stats"])
            return jnp.where(mask[..., None], out, 0.0).sum(), out

        return jax.grad(loss, has_aux=True)(variables["params"])

    gradients, outputs = outputs_and_gradients(packets)
    for filling in (1e4, np.nan):
        filled = jnp.where(mask[..., None], packets, filling)
        found_gradients, found = outputs_and_gradients(filled)
        np.testing.assert_array_equal(found[MASK], outputs[MASK])
        jax.tree.map(np.testing.assert_array_equal, found_gradients, gradients)


def test_evaluation_answers_each_window_by_itself(evaluate, variables, arguments):
    packets, concepts, mask = arguments
    together = evaluate(variables, packets, concepts, mask)
    among_others = evaluate(variables, packets.at[1:].add(1.0), concepts, mask)
    np.testing.assert_allclose(among_others[0], together[0], atol=1e-6)
    assert np.abs(among_others - together)[1:].max() > 1e-3


def test_the_implementation_does_not_show(evaluate, variables, arguments):
    other = Detector(MISSIONS, C, impl="jraph", temporal=SMALL, head_hidden=(20,))
    found = jax.jit(other.apply)(variables, *arguments)
    np.testing.assert_allclose(found, evaluate(variables, *arguments), atol=1e-5)


def test_verdict_is_the_softmax_of_the_last_step():
    logits = np.random.default_rng(0).normal(size=(B, A, C))
    terms = np.exp(logits[:, -1])
    expected = terms / terms.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(verdict(jnp.asarray(logits)), expected, atol=1e-6)


def test_mistakes_are_named(detector, arguments):
    packets, concepts, mask = arguments
    with pytest.raises(ValueError, match="1 concept matrices for 2 missions"):
        detector.init(jax.random.key(0), packets, concepts[:1], mask)
    with pytest.raises(ValueError, match=r"mask \(3, 4\)"):
        detector.init(jax.random.key(0), packets, concepts, mask[:, 1:])
