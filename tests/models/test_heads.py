from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pclip.models.heads import (
    Standardiser,
    fit_standardiser,
    fixed_map,
    init_heads,
    project_packets,
    project_texts,
    standardise,
    temperature_of,
)

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def unit_rows(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


@pytest.mark.parametrize(
    ("kind", "width", "expected"),
    [("none", 12, set()), ("packet", 12, {"packet"}), ("both", 7, {"packet", "text"})],
)
def test_parameters_hold_only_what_trains(kind, width, expected):
    params = init_heads(KEY, 20, 12, width, kind)
    assert set(params) == expected
    for name, fan_in in (("packet", 20), ("text", 12)):
        if name in expected:
            assert params[name]["kernel"].shape == (fan_in, width)
            assert params[name]["bias"].shape == (width,)
            for leaf in params[name].values():
                assert 0 < np.abs(leaf).max() <= 1 / np.sqrt(fan_in)
    with_scale = init_heads(KEY, 20, 12, width, kind, learn_temperature=True)
    assert set(with_scale) == expected | {"log_scale"}


def test_both_heads_by_hand():
    params = init_heads(KEY, 20, 12, 7, "both")
    x, t = RNG.normal(size=(5, 20)), RNG.normal(size=(5, 12))
    statistics = Standardiser(RNG.normal(size=20), RNG.uniform(0.5, 2, size=20))
    z = (x - statistics.mean) / statistics.deviation
    kernel, bias = params["packet"]["kernel"], params["packet"]["bias"]
    found = project_packets(params, jnp.asarray(x), standardiser=statistics)
    np.testing.assert_allclose(found, unit_rows(z @ kernel + bias), atol=1e-6)
    kernel, bias = params["text"]["kernel"], params["text"]["bias"]
    np.testing.assert_allclose(
        project_texts(params, jnp.asarray(t)), unit_rows(t @ kernel + bias), atol=1e-6
    )


@pytest.mark.parametrize("kind", ["none", "packet"])
def test_texts_pass_through(kind):
    params = init_heads(KEY, 20, 12, 12, kind)
    t = RNG.normal(size=(5, 12)).astype(np.float32)
    np.testing.assert_allclose(project_texts(params, jnp.asarray(t)), unit_rows(t), atol=1e-6)


@pytest.mark.parametrize(("packet_width", "text_width"), [(20, 12), (12, 20)])
def test_fixed_map_is_orthogonal_and_constant(packet_width, text_width):
    fixed = fixed_map(packet_width, text_width)
    assert fixed.shape == (packet_width, text_width)
    gram = fixed.T @ fixed if packet_width > text_width else fixed @ fixed.T
    np.testing.assert_allclose(gram, np.eye(12), atol=1e-6)
    np.testing.assert_array_equal(fixed, fixed_map(packet_width, text_width))
    x = RNG.normal(size=(5, packet_width)).astype(np.float32)
    found = project_packets({}, jnp.asarray(x), fixed=fixed)
    np.testing.assert_allclose(found, unit_rows(x @ fixed), atol=1e-6)


def test_fixed_map_of_equal_widths_is_the_identity():
    np.testing.assert_array_equal(fixed_map(9, 9), np.eye(9))


def test_standardiser_of_the_training_part():
    x = RNG.normal(3.0, 2.0, size=(500, 6)).astype(np.float32)
    x[:, 2] = 0.1  # a constant whose float64 mean is not the float32 constant
    x[:, 3] = 0.0
    statistics = fit_standardiser(x)
    z = np.asarray(standardise(statistics, jnp.asarray(x)))
    varying = [0, 1, 4, 5]
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(z[:, varying].std(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(z[:, [2, 3]], 0, atol=1e-6)


def test_temperature_is_clamped_and_its_gradient_survives():
    params = init_heads(KEY, 4, 4, 4, "both", learn_temperature=True)
    np.testing.assert_allclose(temperature_of(params), 0.07, rtol=1e-6)
    assert temperature_of({}, 0.5) == 0.5
    beyond = {"log_scale": jnp.asarray(7.0)}
    np.testing.assert_allclose(temperature_of(beyond), 0.01, rtol=1e-6)
    gradient = jax.grad(lambda p: temperature_of(p))(beyond)
    np.testing.assert_allclose(gradient["log_scale"], -0.01, rtol=1e-6)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="'neither'"):
        init_heads(KEY, 4, 4, 4, "neither")
    for kind in ("none", "packet"):
        with pytest.raises(ValueError, match="width 5"):
            init_heads(KEY, 4, 4, 5, kind)
    with pytest.raises(ValueError, match="temperature is 0"):
        init_heads(KEY, 4, 4, 4, "both", temperature=0)
    for wrong in (np.zeros(3), np.zeros((0, 3))):
        with pytest.raises(ValueError, match="expected \\[n > 0, packet_width\\]"):
            fit_standardiser(wrong)
