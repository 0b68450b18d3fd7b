"""Encoders from other people's checkpoints: UER-py and ET-BERT files, BERT and RoBERTa folders."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from pclip.errors import PclipError
from pclip.models.bert_config import MODEL_TYPES, read_bert_config
from pclip.models.bert_weights import BERT, params_from_tensors, required_tensors
from pclip.models.encoder_config import EncoderConfig
from pclip.models.layout import check_tensors
from pclip.models.parameters import Params
from pclip.models.uer_weights import UER, uer_config
from pclip.models.weight_files import (
    files_sha256,
    read_weight_file,
    read_weight_files,
    weight_files,
)

logger = logging.getLogger("pclip")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An encoder as a checkpoint holds it.

    Attributes:
        kind: "uer", "bert" or "roberta".
        config: its sizes and conventions.
        params: nested dict of float32 arrays.
        ignored: sorted keys of the file that the encoder has no use for.
        sha256: of the weights' file, see `files_sha256` for several.
        files: the files with the weights.
    """

    kind: str
    config: EncoderConfig
    params: Params
    ignored: tuple[str, ...]
    sha256: str
    files: tuple[Path, ...]


def read_checkpoint(path: Path, *, heads: int | None = None, dtype: str = "float32") -> Checkpoint:
    """Read an encoder; nothing that a file holds is run.

    Args:
        path: a UER-py or ET-BERT file (`.bin`, `.pt`, `.pth` or `.safetensors`), or the folder of
            a BERT or RoBERTa model: config.json and model.safetensors or pytorch_model.bin, one
            file or shards.
        heads: attention heads of a UER file, which holds no config; width / 64 where it is None.
        dtype: of the computation, "float32" or "bfloat16"; parameters are float32.

    Returns:
        The encoder. The keys that were ignored are logged too.

    Raises:
        PclipError: unreadable, not whole, of another kind; or tensors that are missing, unknown,
            there twice, of another shape, or not finite.
    """
    if path.is_dir():
        checkpoint = _read_folder(path, heads, dtype)
    else:
        checkpoint = _read_uer(path, heads, dtype)
    if checkpoint.ignored:
        logger.info("%s: ignored %s", path, ", ".join(checkpoint.ignored))
    return checkpoint


def _read_uer(path: Path, heads: int | None, dtype: str) -> Checkpoint:
    tensors = read_weight_file(path)
    config = uer_config(tensors, str(path), heads=heads, dtype=dtype)
    found, ignored = check_tensors(tensors, required_tensors(config), UER, str(path))
    params = params_from_tensors(found, config)
    return Checkpoint("uer", config, params, ignored, files_sha256((path,)), (path,))


def _read_folder(folder: Path, heads: int | None, dtype: str) -> Checkpoint:
    config = read_bert_config(folder / "config.json", dtype=dtype)
    if heads not in (None, config.heads):
        raise PclipError(
            f"heads is {heads}, {folder / 'config.json'} says {config.heads}: leave it out"
        )
    files, shards = weight_files(folder)
    sha256 = files_sha256(files)
    tensors = read_weight_files(files, shards)
    source = str(files[0] if shards is None else folder)
    found, ignored = check_tensors(tensors, required_tensors(config), BERT, source)
    kind = next(kind for kind, rule in MODEL_TYPES.items() if rule == config.position_rule)
    params = params_from_tensors(found, config)
    return Checkpoint(kind, config, params, ignored, sha256, files)
