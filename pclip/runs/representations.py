"""Representations of a packet by name: encoders, and what counting bytes gives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from pclip.embedding import cached_vectors, packet_tokens
from pclip.errors import PclipError
from pclip.evaluation.byte_features import byte_histogram, hashed_bigrams
from pclip.evaluation.probed_encoder import ProbedEncoder
from pclip.models.packet_encoder import RANDOM, PacketEncoder, load_packet_encoder
from pclip.models.parameters import params_sha256
from pclip.models.pretraining import init_pretraining
from pclip.runs.probe_inputs import ProbeInputs

INITIAL = ":initial"
DRAWN = (RANDOM, INITIAL)
"""Behind an encoder's name or folder: its sizes, with weights drawn from the seed. Random ones are
independent numbers; initial ones are what pre-training begins with, where bigrams with a common
byte are alike: what lies between the two was not learned."""
BYTE_HISTOGRAM, HASHED_BIGRAMS = COUNTED = ("byte_histogram", "hashed_bigrams")


@dataclass(frozen=True, eq=False)
class Representation:
    """A function from distinct inputs to features.

    Attributes:
        name: as the config has it.
        note: where its weights come from, or what it counts.
        weights: sha256 of an encoder's weights, "none" for what has none.
        recipe: what it is apart from the weights: values that JSON can hold.
        features: gives float32 [distinct inputs, width], an array or a sparse one.
    """

    name: str
    note: str
    weights: str
    recipe: dict[str, Any]
    features: Callable[[ProbeInputs], Any]

    def recipe_sha256(self, protocol: dict[str, Any]) -> str:
        """sha256 of the representation and of how it is probed; where it lies does not matter."""
        whole = {"weights": self.weights, "recipe": self.recipe, "protocol": protocol}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def draws(name: str) -> bool:
    """Whether the representation is another one with another seed."""
    return name.endswith(DRAWN)


def representation(
    name: str, seed: int, config: ConfigDict, cache: Path, mesh: Mesh
) -> Representation:
    """The representation `name`.

    Args:
        name: one of `COUNTED`; a packet encoder by name or folder; either with one of `DRAWN`
            behind it.
        seed: of drawn weights; the others do not depend on it.
        config: with packet, encoder and hashed_bigrams.
        cache: folder of vectors.
        mesh: devices to encode on.

    Raises:
        PclipError: no such encoder, or none of such layers.
    """
    if name == BYTE_HISTOGRAM:
        return Representation(
            name,
            "share of each byte value, and the length",
            "none",
            {"counted": name},
            lambda inputs: byte_histogram(inputs.values, inputs.visible),
        )
    if name == HASHED_BIGRAMS:
        fields = config.hashed_bigrams.to_dict()
        return Representation(
            name,
            f"signed counts of (position, bigram) in {fields['size']:,} columns",
            "none",
            {"counted": name, **fields},
            lambda inputs: hashed_bigrams(*inputs.tokens, **fields),
        )
    if name.endswith(INITIAL):
        encoder = _initial(name, seed)
    else:
        encoder = load_packet_encoder(name, seed=seed if draws(name) else 0)
    probed = ProbedEncoder.of(encoder, config.encoder.layer, config.encoder.pooling)

    def features(inputs: ProbeInputs) -> np.ndarray:
        rows = packet_tokens(encoder, inputs.packets, config.packet.bytes, config.packet.tokens)
        what = f"packets, {name}"
        return np.asarray(cached_vectors(probed, rows.ids, rows.lengths, cache, mesh, what=what))

    # In numbers of blocks from the first on: "the last" is another one in another encoder.
    read = {"layers": probed.config.layers, "pooling": probed.pooling}
    return Representation(name, encoder.note, encoder.sha256, read, features)


def _initial(name: str, seed: int) -> PacketEncoder:
    """An encoder's own sizes and vocabulary, weights as before its pre-training."""
    base = name.removesuffix(INITIAL)
    made = load_packet_encoder(base)
    if made.words:
        raise PclipError(
            f"{name}: pre-training begins with arithmetic ids, and this encoder reads word pieces; "
            f"its control is {base}{RANDOM}"
        )
    params = init_pretraining(made.config, seed)["encoder"]
    return replace(
        made,
        name=name,
        params=params,
        sha256=params_sha256(params),
        note=f"weights that pre-training begins with, seed {seed} (not pre-trained)",
    )
