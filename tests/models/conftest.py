"""An encoder written a second time, with loops in float64, and checkpoints for both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import erf

from pclip.models.bert_weights import required_tensors
from pclip.models.encoder_config import EncoderConfig

Tensors = dict[str, np.ndarray]


def _norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, kind: str, eps: float) -> np.ndarray:
    rows = []
    for row in x:
        if kind == "uer":
            rows.append(gamma * (row - row.mean()) / (row.std(ddof=1) + eps) + beta)
        else:
            rows.append(gamma * (row - row.mean()) / np.sqrt(row.var() + eps) + beta)
    return np.array(rows)


def naive_encode(
    tensors: Tensors, config: EncoderConfig, ids: np.ndarray, segment: int
) -> np.ndarray:
    """Encode the tokens of one sequence, without any padding, from torch-layout tensors."""
    t = {key: tensor.astype(np.float64) for key, tensor in tensors.items()}
    kind, eps, d = config.layer_norm, config.layer_norm_eps, config.width // config.heads

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ t[f"{name}.weight"].T + t[f"{name}.bias"]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        return _norm(x, t[f"{name}.weight"], t[f"{name}.bias"], kind, eps)

    first = config.pad_id + 1 if config.position_rule == "roberta" else 0
    x = np.array(
        [
            t["embeddings.word_embeddings.weight"][token]
            + t["embeddings.position_embeddings.weight"][first + place]
            + t["embeddings.token_type_embeddings.weight"][segment]
            for place, token in enumerate(ids)
        ]
    )
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(config.layers):
        root = f"encoder.layer.{layer}"
        q, k, v = (linear(x, f"{root}.attention.self.{p}") for p in ("query", "key", "value"))
        heads = []
        for head in range(config.heads):
            part = slice(head * d, (head + 1) * d)
            scores = np.exp(q[:, part] @ k[:, part].T / np.sqrt(d))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ v[:, part])
        attended = linear(np.concatenate(heads, axis=1), f"{root}.attention.output.dense")
        x = norm(x + attended, f"{root}.attention.output.LayerNorm")
        inner = linear(x, f"{root}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
        x = norm(x + linear(inner, f"{root}.output.dense"), f"{root}.output.LayerNorm")
    return x


def random_tensors(config: EncoderConfig, seed: int = 0, std: float = 0.15) -> Tensors:
    """A checkpoint in torch layout; large enough values that attention is far from uniform."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for key, shape in required_tensors(config).items():
        centre = 1.0 if key.endswith("LayerNorm.weight") else 0.0
        tensors[key] = (centre + std * rng.standard_normal(shape)).astype(np.float32)
    return tensors


@pytest.fixture(name="naive_encode")
def naive_encode_fixture() -> Callable[..., np.ndarray]:
    return naive_encode


@pytest.fixture(name="random_tensors")
def random_tensors_fixture() -> Callable[..., Tensors]:
    return random_tensors
