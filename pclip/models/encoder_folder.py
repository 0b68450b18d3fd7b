"""Our own format of an encoder: a folder, written whole and read with distrust.

config.json         the `EncoderCard`: sizes, what it reads, source, licence, hashes
model.safetensors   float32 or float16 tensors, named by their paths in the parameter tree
vocab.txt           word pieces of a packet encoder with ET-BERT's released vocabulary
tokenizer.json ...  the tokenizer of a text encoder
README.md           the model card, for people
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import safetensors.numpy
from flax.traverse_util import flatten_dict, unflatten_dict

from pclip.errors import PclipError
from pclip.files import atomic_folder
from pclip.models.cost import encoder_parameters
from pclip.models.encoder_card import (
    CONFIG_FILE,
    TOKENIZER_FILES,
    WEIGHTS_FILE,
    EncoderCard,
    parse_card,
    read_card,
)
from pclip.models.parameters import Params, parameter_shapes, params_sha256
from pclip.models.safetensors_file import check_exactly, read_safetensors
from pclip.models.weight_files import files_sha256

STORAGES = ("float32", "float16")
"""Types that weights may be kept in; in memory they are float32."""
README_FILE = "README.md"
MAX_SIDE_FILE_BYTES = 64 * 2**20
_MAX_HEADER_BYTES = 2**20
_ADVICE = f"Does {CONFIG_FILE} belong to another encoder?"


@dataclass(frozen=True, eq=False)
class StoredEncoder:
    """What an encoder folder holds.

    Attributes:
        folder: where it is.
        card: its config.json.
        params: nested dict of float32 arrays.
    """

    folder: Path
    card: EncoderCard
    params: Params


def write_encoder(
    folder: str | os.PathLike[str],
    params: Params,
    card: EncoderCard,
    *,
    storage: str = "float32",
    files: Mapping[str, bytes] | None = None,
    model_card: str = "",
) -> EncoderCard:
    """Write an encoder folder, whole or not at all.

    Args:
        folder: a name that is free, or an empty folder; nothing is overwritten.
        params: nested dict of arrays, of the shapes that the card's config means.
        card: what the encoder is; `sha256` and `files` are filled in here.
        storage: "float32", or "float16" for half the bytes: values are rounded, and the card's
            `sha256` is that of the rounded ones.
        files: name -> content of the vocab.txt or the tokenizer's files.
        model_card: what README.md says below the table of the card's fields, Markdown.

    Returns:
        The card as written.

    Raises:
        PclipError: the name is taken, or cannot be written; or the encoder could not be read back,
            as one with weights that float16 does not hold.
        ValueError: no such storage.

    Example:
        >>> encoder = load_packet_encoder("et-bert-tiny:random")
        >>> card = EncoderCard("packet", encoder.config, "arithmetic", "mean",
        ...                    "a seed", "Apache-2.0", "random weights")
        >>> write_encoder("made", encoder.params, card, storage="float16")
    """
    if storage not in STORAGES:
        raise ValueError(f"storage is {storage!r}, expected one of {', '.join(STORAGES)}")
    tensors = {
        path: _rounded(leaf, storage) for path, leaf in flatten_dict(params, sep="/").items()
    }
    contents = {WEIGHTS_FILE: safetensors.numpy.save(tensors), **(files or {})}
    card = dataclasses.replace(
        card,
        sha256=params_sha256(_widened(tensors)),
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    )
    text = card.to_json()
    try:
        parse_card(text.encode(), CONFIG_FILE)
        check_exactly(
            tensors, parameter_shapes(card.config), WEIGHTS_FILE, types=STORAGES, advice=_ADVICE
        )
    except PclipError as error:
        raise PclipError(f"cannot write {folder}: it could not be read again: {error}") from error
    with atomic_folder(folder) as scratch:
        for name, content in contents.items():
            (scratch / name).write_bytes(content)
        (scratch / CONFIG_FILE).write_text(text, encoding="utf-8")
        page = readme(Path(folder).resolve().name, card, storage, model_card)
        (scratch / README_FILE).write_text(page, encoding="utf-8")
    return card


def read_encoder(folder: str | os.PathLike[str], *, dtype: str = "float32") -> StoredEncoder:
    """Read an encoder folder that anybody may have made; nothing in it is ever executed.

    Args:
        folder: an encoder folder.
        dtype: of the computation, "float32" or "bfloat16"; parameters are float32.

    Raises:
        PclipError: a file that is missing, damaged or too large; one of a tokenizer that
            config.json does not name; tensors other than the config's sizes mean, or values that
            are not finite.
    """
    path = Path(folder)
    card = read_card(path, dtype=dtype)
    # The sizes of config.json decide how much is read; nothing is allocated by them alone.
    numbers = encoder_parameters(card.config).total
    _check_files(path, card, 4 * numbers + _MAX_HEADER_BYTES)
    source = path / WEIGHTS_FILE
    if source.stat().st_size < 2 * numbers:
        raise PclipError(
            f"{source} has {source.stat().st_size:,} bytes, {numbers:,} numbers need at least "
            f"{2 * numbers:,}: does {CONFIG_FILE} belong to another encoder?"
        )
    tensors = read_safetensors(source)
    shapes = parameter_shapes(card.config)
    check_exactly(tensors, shapes, str(source), types=STORAGES, advice=_ADVICE)
    params = _widened(tensors)
    found = params_sha256(params)
    if found != card.sha256:
        raise PclipError(
            f"{source} holds parameters with sha256 {found}, {CONFIG_FILE} says {card.sha256}; "
            "fetch the folder again"
        )
    return StoredEncoder(path, card, params)


def readme(name: str, card: EncoderCard, storage: str, model_card: str) -> str:
    """The model card: what people ought to know of an encoder before they use it, Markdown."""
    config = card.config
    counts = encoder_parameters(config)
    table = f"{config.vocab_size:,} x {config.word_rank or config.width}"
    rows = {
        "reads": f"{card.kind}s, vocabulary `{card.vocabulary}`",
        "sizes": f"{config.layers} layers x {config.width}, {config.heads} heads, feed-forward "
        f"{config.ff}, {config.positions} positions, word table {table}",
        "parameters": f"{counts.total:,} ({counts.encoder:,} without embeddings), kept as "
        f"{storage}",
        "vectors": f"{config.width} numbers, pooled by `{card.pooling}`",
        "source": card.source,
        "sha256 of the source": card.source_sha256 or "there is no file",
        "sha256 of the parameters": card.sha256,
        "licence": card.licence,
    }
    lines = [
        f"# {name}",
        "",
        f"An encoder of {card.kind}s in the format of pclip: {card.note}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {words} | {value} |" for words, value in rows.items()),
        "",
        f'Load it with `pclip.load("{name}")`, where that is the path of this folder.',
    ]
    return "\n".join([*lines, *(["", model_card.strip()] if model_card.strip() else []), ""])


def _check_files(folder: Path, card: EncoderCard, weights_bytes: int) -> None:
    """Each file is there, of a size that can be, and the one that config.json names.

    A packet encoder reads no tokenizer, but somebody who put one there believes that it does.
    """
    for name in (WEIGHTS_FILE, *TOKENIZER_FILES):
        path = folder / name
        if name not in card.files:
            if path.exists():
                raise PclipError(
                    f"{path} is not among the files that {CONFIG_FILE} names; remove it, or fetch "
                    "the folder again"
                )
            continue
        most = weights_bytes if name == WEIGHTS_FILE else MAX_SIDE_FILE_BYTES
        if path.is_file() and path.stat().st_size > most:
            raise PclipError(
                f"{path} has {path.stat().st_size:,} bytes, expected at most {most:,}: does "
                f"{CONFIG_FILE} belong to another encoder?"
            )
        found = files_sha256((path,))
        if found != card.files[name]:
            raise PclipError(
                f"{path} has sha256 {found}, {CONFIG_FILE} says {card.files[name]}; the file is "
                "damaged or another encoder's: fetch the folder again"
            )


def _rounded(leaf: np.ndarray, storage: str) -> np.ndarray:
    exact = np.ascontiguousarray(leaf, np.float32)
    # What half precision cannot hold becomes infinite, and an infinite weight is refused below.
    with np.errstate(over="ignore"):
        return exact.astype(storage)


def _widened(tensors: Mapping[str, np.ndarray]) -> Params:
    leaves = {path: jnp.asarray(leaf, jnp.float32) for path, leaf in tensors.items()}
    return unflatten_dict(leaves, sep="/")
