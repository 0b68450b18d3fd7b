"""A model folder: `weights.safetensors` and `manifest.json`, written whole and read with distrust.

weights.safetensors holds float32 tensors and no other:

    heads/packet/{kernel,bias}, heads/text/{kernel,bias}    where the kind of heads has them
    standardiser/{mean,deviation}                           where packet vectors are standardised
    detector/{params,batch_stats}/PATH                      each leaf of the detector by its path
    concepts/MISSION                                        [concepts, width], in the joint space

A packet encoder that no name stands for lies beside them in packet_encoder/, in our own format.
Concepts are stored as the heads project them, so that detection needs no text encoder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import safetensors.numpy
from flax.traverse_util import flatten_dict, unflatten_dict

from pclip.errors import PclipError
from pclip.files import atomic_path, read_bounded, write_atomic
from pclip.missions import compile_mission
from pclip.models.convert import save_encoder
from pclip.models.detector import Detector
from pclip.models.heads import HeadParams, Standardiser
from pclip.models.packet_encoder import PacketEncoder, load_packet_encoder
from pclip.models.safetensors_file import check_exactly, parse_safetensors, refuse_names
from pclip.serving.manifest import CARRIED_ENCODER, Manifest
from pclip.serving.manifest_reader import parse_manifest

WEIGHTS_FILE = "weights.safetensors"
MANIFEST_FILE = "manifest.json"
MAX_WEIGHTS_BYTES = 256 * 2**20
MAX_MANIFEST_BYTES = 2**20

Tensors = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Artefact:
    """A trained model without the frozen encoders that a name stands for.

    Attributes:
        manifest: what it is; `weights_sha256` is filled in by `save_artefact`.
        heads: parameters of the heads, without the temperature.
        standardiser: statistics of packet vectors, or None.
        variables: "params" and "batch_stats" of the detector.
        concepts: for each mission float32 [concepts, width], in the joint space.
        packet_encoder: the frozen packet encoder where no name stands for it and the folder has to
            carry it; None where it is made from its name.
    """

    manifest: Manifest
    heads: HeadParams
    standardiser: Standardiser | None
    variables: Mapping[str, Any]
    concepts: tuple[np.ndarray, ...]
    packet_encoder: PacketEncoder | None = None


def detector_of(manifest: Manifest) -> Detector:
    """The detector that a manifest describes, in its dense form."""
    sizes = manifest.detector
    return Detector(
        missions=tuple(compile_mission(m, sizes.readout) for m in manifest.missions),
        num_classes=len(manifest.groups),
        dim=sizes.dim,
        propagate=sizes.propagate,
        temporal=sizes.temporal,
        head_hidden=sizes.head_hidden,
    )


def expected_shapes(manifest: Manifest) -> dict[str, tuple[int, ...]]:
    """Name and shape of each tensor that the weights of a model must hold, and no others."""
    heads, packet_width = manifest.heads, manifest.packet_encoder.width
    shapes: dict[str, tuple[int, ...]] = {}
    sides = {"none": (), "packet": ("packet",), "both": ("packet", "text")}[heads.kind]
    for side, width in (("packet", packet_width), ("text", manifest.text_encoder.width)):
        if side in sides:
            shapes[f"heads/{side}/kernel"] = (width, heads.width)
            shapes[f"heads/{side}/bias"] = (heads.width,)
    if heads.standardised:
        shapes["standardiser/mean"] = shapes["standardiser/deviation"] = (packet_width,)
    concepts = tuple((len(m.concepts), heads.width) for m in manifest.missions)
    for mission, shape in zip(manifest.missions, concepts, strict=True):
        shapes[f"concepts/{mission.name}"] = shape
    variables = jax.eval_shape(
        detector_of(manifest).init,
        jax.random.key(0),
        jax.ShapeDtypeStruct((1, 1, heads.width), jnp.float32),
        tuple(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in concepts),
        jax.ShapeDtypeStruct((1, 1), jnp.bool_),
    )
    for path, leaf in flatten_dict(dict(variables), sep="/").items():
        shapes[f"detector/{path}"] = tuple(leaf.shape)
    return shapes


def save_artefact(folder: str | os.PathLike[str], artefact: Artefact) -> Manifest:
    """Write a model folder; the manifest comes last, and a folder without it is no model.

    Args:
        folder: made where it is missing; a model that it holds is replaced.
        artefact: the model; its tensors must be those that its manifest describes.

    Returns:
        The manifest as written, with the hash of the weights.

    Raises:
        PclipError: the folder cannot be written, or the disk is full.
        ValueError: the manifest would not be read back.
    """
    tensors = _to_tensors(artefact)
    content = safetensors.numpy.save(tensors)
    manifest = dataclasses.replace(
        artefact.manifest, weights_sha256=hashlib.sha256(content).hexdigest()
    )
    text = manifest.to_json()
    try:
        parse_manifest(text.encode(), MANIFEST_FILE)
        _check_tensors(tensors, expected_shapes(manifest), WEIGHTS_FILE)
    except PclipError as error:
        raise ValueError(f"this model could not be loaded again: {error}") from error
    path = Path(folder)
    with atomic_path(path / WEIGHTS_FILE) as scratch:
        scratch.write_bytes(content)
        # Between the two renames the folder must not look like a model.
        (path / MANIFEST_FILE).unlink(missing_ok=True)
    carried = path / CARRIED_ENCODER
    if carried.exists():
        shutil.rmtree(carried)
    if artefact.packet_encoder is not None:
        save_encoder(artefact.packet_encoder, carried)
    write_atomic(path / MANIFEST_FILE, text)
    return manifest


def load_artefact(folder: str | os.PathLike[str]) -> Artefact:
    """Read a model folder that anybody may have made; nothing in it is ever executed.

    Raises:
        PclipError: no such model, a file that is missing, too large or damaged, weights with
            another hash than the manifest's, or tensors other than those it describes.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    source = path / WEIGHTS_FILE
    content = _read(source, MAX_WEIGHTS_BYTES)
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.weights_sha256:
        raise PclipError(
            f"{source} has sha256 {found}, {MANIFEST_FILE} says {manifest.weights_sha256}; "
            "the file is damaged or another model's: fetch the folder again"
        )
    tensors = parse_safetensors(content, str(source))
    _check_tensors(tensors, expected_shapes(manifest), str(source))
    tree: dict[str, Any] = unflatten_dict(tensors, sep="/")
    statistics = tree.get("standardiser")
    carried = manifest.packet_encoder.name == CARRIED_ENCODER
    return Artefact(
        manifest=manifest,
        heads=tree.get("heads", {}),
        standardiser=Standardiser(**statistics) if statistics else None,
        variables=tree["detector"],
        concepts=tuple(tensors[f"concepts/{m.name}"] for m in manifest.missions),
        packet_encoder=load_packet_encoder(path / CARRIED_ENCODER) if carried else None,
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a model folder.

    Raises:
        PclipError: no such folder or file, or a manifest that cannot be used.
    """
    source = folder / MANIFEST_FILE
    return parse_manifest(_read(source, MAX_MANIFEST_BYTES), str(source))


def _read(path: Path, most: int) -> bytes:
    if not path.is_file():
        raise PclipError(
            f"{path}: no such file; a model folder holds {MANIFEST_FILE} and {WEIGHTS_FILE}"
        )
    return read_bounded(path, most)


def _to_tensors(artefact: Artefact) -> Tensors:
    tree: dict[str, Any] = {"detector": dict(artefact.variables)}
    if artefact.heads:
        tree["heads"] = artefact.heads
    if artefact.standardiser is not None:
        tree["standardiser"] = artefact.standardiser._asdict()
    names = (mission.name for mission in artefact.manifest.missions)
    tree["concepts"] = dict(zip(names, artefact.concepts, strict=True))
    flat = flatten_dict(tree, sep="/")
    return {name: np.ascontiguousarray(leaf, np.float32) for name, leaf in flat.items()}


def _check_tensors(
    tensors: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]], source: str
) -> None:
    advice = f"Does {MANIFEST_FILE} belong to another model?"
    check_exactly(tensors, shapes, source, types=("float32",), advice=advice)
    not_positive = [
        name
        for name, tensor in tensors.items()
        if (name.endswith("/deviation") and (tensor <= 0).any())
        or (name.endswith("/var") and (tensor < 0).any())
    ]
    words = f"{source} holds deviations or variances that are not positive in"
    refuse_names(not_positive, words, advice)
