from __future__ import annotations

import functools
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.missions import Mission, compile_mission
from pclip.models.graph_plan import plan_steps
from pclip.models.hierarchical_gnn import HierarchicalGNN

N, E, D = 16, 12, 8
MASK = np.arange(N) % 4 != 2
QUICK_COMPILATION = {"xla_backend_optimization_level": 0}
LEVELS = (("a", "b"), ("c", "d", "e"), ("f", "g"))
EDGES = (("a", "c"), ("a", "d"), ("b", "d"), ("b", "e"), ("c", "f"), ("d", "f"), ("e", "g"))

FORMS = [(propagate, readout) for propagate in ("carry", "released") for readout in ("last", "all")]
every_impl = pytest.mark.parametrize("impl", ["dense", "jraph"])
every_form = pytest.mark.parametrize(("propagate", "readout"), FORMS)


def mission_of(readout):
    return compile_mission(Mission("toy", "Toy", "toy event", LEVELS, EDGES), readout)


def inputs(seed=0):
    rng = np.random.default_rng(seed)
    packets = rng.normal(size=(N, E)).astype(np.float32)
    concepts = rng.normal(size=(7, E)).astype(np.float32)
    return jnp.asarray(packets), jnp.asarray(concepts), jnp.asarray(MASK)


@functools.cache
def initial_variables(propagate, readout, seed=0):
    model = HierarchicalGNN(mission_of(readout), D, propagate)
    initialise = jax.jit(model.init, compiler_options=QUICK_COMPILATION)
    return initialise(jax.random.key(seed), *inputs())


def model_and_variables(propagate, readout, impl="dense", seed=0):
    """Variables in which every leaf, running statistics too, is off its starting value."""
    model = HierarchicalGNN(mission_of(readout), D, propagate, impl)
    variables = initial_variables(propagate, readout, seed)
    rng = np.random.default_rng(seed)
    leaves, tree = jax.tree.flatten(variables)
    leaves = [leaf + rng.uniform(0.05, 0.3, size=leaf.shape).astype(np.float32) for leaf in leaves]
    return model, jax.tree.unflatten(tree, leaves)


def released_hop(edges, sensor, hop):
    """Edge list of PyG's k_hop_subgraph(sensor, hop, directed=True, flow='target_to_source')."""
    frontier = {sensor}
    for _ in range(hop):
        taken = [(u, v) for u, v in edges if u in frontier]
        frontier = {v for _, v in taken}
    return taken


def reference(mission, propagate, variables, packets, concepts, mask, train):
    """The equations of section 3.4, packet by packet and node by node, in float64."""
    params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), variables["params"])
    running = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), variables["batch_stats"])
    packets, concepts = np.asarray(packets, np.float64), np.asarray(concepts, np.float64)
    nodes = mission.num_nodes
    all_edges = [
        edge
        for senders, receivers in mission.steps
        for edge in zip(senders, receivers, strict=True)
    ]
    values = [
        [packet, *concepts, np.zeros_like(packet)] for packet in packets
    ]  # values[p][v] = X^{k-1}_v
    statistics = {}
    for k in range(1, len(mission.steps) + 1):
        weight, bias = params[f"linear_{k}"]["kernel"], params[f"linear_{k}"]["bias"]
        hidden = [[x @ weight + bias for x in row] for row in values]
        edges = (
            list(zip(*mission.steps[k - 1], strict=True))
            if propagate == "carry"
            else released_hop(all_edges, 0, k)
        )
        level = sorted({v for _, v in edges})
        normalised = level if propagate == "carry" else range(nodes)
        means = []
        for row in hidden:
            mean_of = {}
            for v in normalised:
                messages = [row[v] * row[u] for u, receiver in edges if receiver == v]
                mean_of[v] = sum(messages) / len(messages) if messages else np.zeros(D)
            means.append(mean_of)
        if train:
            counted = [means[p][v] for p in range(len(packets)) if mask[p] for v in normalised]
            mean = sum(counted) / len(counted)
            var = sum((x - mean) ** 2 for x in counted) / len(counted)
            statistics[f"norm_{k}"] = {
                "mean": 0.9 * running[f"norm_{k}"]["mean"] + 0.1 * mean,
                "var": 0.9 * running[f"norm_{k}"]["var"] + 0.1 * var,
            }
        else:
            mean, var = running[f"norm_{k}"]["mean"], running[f"norm_{k}"]["var"]
        gamma, beta = params[f"norm_{k}"]["scale"], params[f"norm_{k}"]["bias"]
        values = [list(row) for row in hidden]
        for p, mean_of in enumerate(means):
            for v in normalised:
                y = gamma * (mean_of[v] - mean) / np.sqrt(var + 1e-5) + beta
                values[p][v] = np.where(y > 0, y, np.expm1(np.minimum(y, 0)))
    return np.array([row[-1] for row in values]), statistics


@functools.cache
def compiled(propagate, readout, impl, train):
    """One compilation for every test of a form: (loss, (outputs, updates)), three gradients."""
    model = HierarchicalGNN(mission_of(readout), D, propagate, impl)

    def loss(params, packets, concepts, batch_stats, mask, weights):
        out, updated = model.apply(
            {"params": params, "batch_stats": batch_stats},
            packets,
            concepts,
            mask,
            train,
            mutable=["batch_stats"],
        )
        return jnp.sum(jnp.where(mask[:, None], out * weights, 0.0)), (out, updated)

    function = jax.value_and_grad(loss, argnums=(0, 1, 2), has_aux=True)
    if not train:  # compiling gradients is what takes the time; evaluation has no use for them

        def function(*arguments):
            return loss(*arguments), (None, None, None)

    return jax.jit(function, compiler_options=QUICK_COMPILATION)


def run(form, train, variables, arguments, seed=3):
    """Outputs, new running statistics, and gradients of a random projection of the outputs.

    In float64: BatchNorm amplifies float32 rounding, which would hide a small difference between
    two functions that ought to be one.
    """
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf, np.float64)), variables)
        packets, concepts = (jnp.asarray(np.asarray(x, np.float64)) for x in arguments[:2])
        (_, (outputs, updated)), gradients = compiled(*form, train)(
            wide["params"],
            packets,
            concepts,
            wide["batch_stats"],
            arguments[2],
            projection(seed).astype(np.float64),
        )
        return jax.tree.map(np.asarray, (outputs, updated["batch_stats"], gradients))


def projection(seed):
    return np.random.default_rng(seed).normal(size=(N, D)).astype(np.float32)


def assert_close(found, expected, tolerance=1e-8):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance),
        found,
        expected,
    )


@every_form
@every_impl
@pytest.mark.parametrize("train", [True, False])
def test_equals_the_equations(propagate, readout, impl, train):
    model, variables = model_and_variables(propagate, readout, impl)
    arguments = inputs(1)
    expected, statistics = reference(model.mission, propagate, variables, *arguments, train)
    found, running, _ = run((propagate, readout, impl), train, variables, arguments)
    assert_close(found[MASK], expected[MASK])
    assert_close(running, statistics if train else variables["batch_stats"])

    forward = jax.jit(
        functools.partial(model.apply, train=train, mutable=["batch_stats"]),
        compiler_options=QUICK_COMPILATION,
    )
    narrow, updated = forward(variables, *arguments)
    assert narrow.dtype == jnp.float32
    assert_close(narrow[MASK], expected[MASK], 1e-5)
    assert_close(updated["batch_stats"], jax.tree.map(np.asarray, running), 1e-5)


@every_form
@pytest.mark.parametrize("train", [True, False])
def test_the_two_implementations_agree(propagate, readout, train):
    """Outputs, running statistics and gradients of parameters, packets and concepts."""
    _, variables = model_and_variables(propagate, readout)
    dense, jraph = (
        run((propagate, readout, impl), train, variables, inputs(2)) for impl in ("dense", "jraph")
    )
    assert_close(dense[0][MASK], jraph[0][MASK])
    assert_close(dense[1:], jraph[1:])
    if train:
        assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(dense[2]))


@every_form
def test_gradients_equal_central_differences_of_the_equations(propagate, readout):
    model, variables = model_and_variables(propagate, readout)
    arguments = inputs(4)
    _, _, gradients = run((propagate, readout, "dense"), True, variables, arguments, seed=5)
    by_params, _, by_concepts = jax.tree.map(np.asarray, gradients)

    def loss(params, concepts):
        found, _ = reference(
            model.mission,
            propagate,
            {**variables, "params": params},
            arguments[0],
            concepts,
            MASK,
            True,
        )
        return (found * projection(5))[MASK].sum()

    h = 1e-5
    for layer, leaf, index in (
        ("linear_1", "kernel", (3, 2)),
        ("linear_3", "kernel", (1, 4)),
        ("linear_2", "bias", (5,)),
        ("norm_2", "scale", (0,)),
    ):
        moved = []
        for sign in (1, -1):
            params = jax.tree.map(lambda x: np.asarray(x, np.float64), variables["params"])
            params[layer][leaf][index] += sign * h
            moved.append(loss(params, arguments[1]))
        found = by_params[layer][leaf][index]
        np.testing.assert_allclose(found, (moved[0] - moved[1]) / (2 * h), rtol=1e-5, atol=1e-6)
    step = np.zeros((7, E))
    step[1, 6] = h
    difference = loss(variables["params"], np.asarray(arguments[1], np.float64) + step)
    difference -= loss(variables["params"], np.asarray(arguments[1], np.float64) - step)
    np.testing.assert_allclose(by_concepts[1, 6], difference / (2 * h), rtol=1e-5, atol=1e-6)


@every_form
@every_impl
@pytest.mark.parametrize("train", [True, False])
def test_which_concepts_reach_the_answer(propagate, readout, impl, train):
    """`carry`: the text of every one; `released`: of level 1 and, exactly, of no other."""
    form = (propagate, readout, impl)
    _, variables = model_and_variables(propagate, readout, impl)
    packets, concepts, mask = inputs(6)
    outputs, _, (_, _, gradient) = run(form, train, variables, (packets, concepts, mask))
    changed = np.zeros(7)
    for i in range(7):
        moved, _, _ = run(form, train, variables, (packets, concepts.at[i].add(1.0), mask))
        changed[i] = np.abs(moved - outputs).max()
    strengths = [changed, np.abs(gradient).max(axis=1)] if train else [changed]
    for strength in strengths:
        if propagate == "carry":
            assert (strength > 1e-4).all()
        else:
            assert (strength[:2] > 1e-4).all()
            assert (strength[2:] == 0).all()


@every_form
def test_at_initialisation_packets_differ_and_everything_learns(propagate, readout):
    form = (propagate, readout, "dense")
    arguments = inputs(8)
    variables = initial_variables(propagate, readout)
    for train in (True, False):
        outputs, _, (gradients, _, _) = run(form, train, variables, arguments, seed=9)
        valid = outputs[MASK]
        gaps = np.abs(valid[:, None] - valid[None]).max(axis=-1)
        assert gaps[~np.eye(len(valid), dtype=bool)].min() > 1e-6
        if train:
            for k in range(1, 5):
                assert np.abs(gradients[f"linear_{k}"]["kernel"]).max() > 1e-6


@pytest.mark.parametrize("readout", ["last", "all"])
def test_zero_biases_would_be_dead(readout):
    """Why the biases do not start at zero: the embedding node would answer every message with 0."""
    _, variables = model_and_variables("carry", readout)
    for layer, leaves in variables["params"].items():
        if layer.startswith("linear") or layer == "norm_4":
            leaves["bias"] = jnp.zeros(D)
    outputs, _, (gradients, _, _) = run(("carry", readout, "dense"), True, variables, inputs(8))
    np.testing.assert_array_equal(outputs, 0)
    for k in range(1, 4):
        np.testing.assert_array_equal(gradients[f"linear_{k}"]["kernel"], 0)


@every_form
@every_impl
def test_padding_changes_nothing(propagate, readout, impl):
    form = (propagate, readout, impl)
    model, variables = model_and_variables(propagate, readout, impl)
    packets, concepts, mask = inputs(10)
    outputs, running, gradients = run(form, True, variables, (packets, concepts, mask))
    filled = (packets.at[~MASK].set(1e3), concepts, mask)
    other_outputs, other_running, other_gradients = run(form, True, variables, filled)
    assert_close(other_outputs[MASK], outputs[MASK])
    assert_close(other_running, running)
    assert_close(other_gradients[0], gradients[0])
    kept = (packets[MASK], concepts, mask[MASK])
    expected, statistics = reference(model.mission, propagate, variables, *kept, True)
    assert_close(outputs[MASK], expected)
    assert_close(running, statistics)


def test_evaluation_answers_each_packet_by_itself():
    _, variables = model_and_variables("carry", "last")
    form = ("carry", "last", "dense")
    packets, concepts, mask = inputs()
    together, _, _ = run(form, False, variables, (packets, concepts, mask))
    among_others, _, _ = run(form, False, variables, (packets.at[1:].set(3.0), concepts, mask))
    assert_close(among_others[0], together[0])
    assert np.abs(among_others - together)[1:].max(axis=-1).min() > 1e-3


def test_a_batch_of_padding_only_is_finite():
    model, variables = model_and_variables("carry", "last")
    packets, concepts, mask = inputs()
    outputs, updated = model.apply(
        variables, packets, concepts, mask & False, True, mutable=["batch_stats"]
    )
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((outputs, updated)))


def test_dense_work_follows_the_packet():
    """Only the level before holds a value for each packet; with readout "all" earlier ones too."""
    last = [step.blocks for step in plan_steps(mission_of("last"), "carry")]
    assert last == [((0,),), ((1, 2),), ((3, 4, 5),), ((6, 7),)]
    every = [step.blocks for step in plan_steps(mission_of("all"), "carry")]
    assert every[3] == ((1, 2), (3, 4, 5), (6, 7))
    released = [step.updated for step in plan_steps(mission_of("all"), "released")]
    assert released == [(1, 2), (3, 4, 5, 8), (6, 7, 8), (8,)]


def test_mistakes_are_named():
    mission = mission_of("last")
    arguments = inputs()
    for wrong, message in (
        (HierarchicalGNN(mission, propagate="teleport"), "'teleport'"),
        (HierarchicalGNN(mission, impl="sparse"), "'sparse'"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong.init(jax.random.key(0), *arguments)
    model = HierarchicalGNN(mission)
    packets, concepts, mask = arguments
    with pytest.raises(ValueError, match=r"\(6, 12\)"):
        model.init(jax.random.key(0), packets, concepts[:6], mask)
    with pytest.raises(ValueError, match=r"mask \(3,\)"):
        model.init(jax.random.key(0), packets, concepts, mask[:3])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((((0,), (1,)), ((2,), (3,))), r"nodes \[2\] send"),
        ((((0,), (1,)), ((1,), (2,))), "the last into node 3"),
        ((((0,), (1,)),), "1 steps over 1 levels"),
    ],
)
def test_graphs_that_cannot_be_run_are_refused(steps, message):
    broken = SimpleNamespace(name="broken", level_sizes=(2,), steps=steps, num_nodes=4)
    with pytest.raises(ValueError, match=message):
        plan_steps(broken, "carry")
