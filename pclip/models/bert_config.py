"""`config.json` of a BERT or RoBERTa folder, read as an EncoderConfig."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pclip.errors import PclipError
from pclip.models.encoder_config import EncoderConfig

MODEL_TYPES = {"bert": "arange", "roberta": "roberta"}
"""Model types that can be read, and the position rule of each."""

# Field of config.json -> field of EncoderConfig.
_FIELDS = {
    "vocab_size": "vocab_size",
    "hidden_size": "width",
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "intermediate_size": "ff",
    "max_position_embeddings": "positions",
    "type_vocab_size": "segments",
    "layer_norm_eps": "layer_norm_eps",
    "pad_token_id": "pad_id",
}
MAX_LAYERS = 1_000
"""Sizes come from a file: the names of a thousand million layers must not fill the memory."""
# What a field must be for the one encoder we have; absent means the same.
_FIXED = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}


def read_json_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Args:
        path: the file.

    Returns:
        The object.

    Raises:
        PclipError: the file is missing, unreadable or not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PclipError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # broken JSON or UTF-8, too many brackets
        raise PclipError(f"{path} is not JSON ({error}); fetch it again") from error
    if not isinstance(content, dict):
        raise PclipError(f"{path} holds a {type(content).__name__}, expected a JSON object")
    return content


def read_bert_config(path: Path, *, dtype: str = "float32") -> EncoderConfig:
    """Sizes of a BERT or RoBERTa model.

    Args:
        path: its config.json.
        dtype: of the computation.

    Returns:
        The encoder's config, with the usual LayerNorm.

    Raises:
        PclipError: a model type or an option that the encoder does not have, a field that is
            missing, of another type or out of range.
    """
    content = read_json_object(path)
    kind = content.get("model_type")
    if kind not in MODEL_TYPES:
        raise PclipError(
            f"{path}: model_type is {kind!r}, expected one of {', '.join(MODEL_TYPES)}"
        )
    for name, expected in _FIXED.items():
        if content.get(name, expected) != expected:
            raise PclipError(f"{path}: {name} is {content[name]!r}, expected {expected!r}")
    missing = [name for name in _FIELDS if name not in content]
    if missing:
        raise PclipError(f"{path} lacks {', '.join(missing)}; is it the model's own config.json?")
    for name in _FIELDS:
        kinds = (int, float) if name == "layer_norm_eps" else (int,)
        if isinstance(content[name], bool) or not isinstance(content[name], kinds):
            raise PclipError(f"{path}: {name} is {content[name]!r}, expected a number")
        if not abs(content[name]) <= sys.float_info.max:
            raise PclipError(
                f"{path}: {name} is no finite number; is it the model's own config.json?"
            )
    if content["num_hidden_layers"] > MAX_LAYERS:
        raise PclipError(
            f"{path}: num_hidden_layers is {content['num_hidden_layers']:,}, expected at most "
            f"{MAX_LAYERS:,}"
        )
    try:
        return EncoderConfig(
            layer_norm="usual",
            position_rule=MODEL_TYPES[kind],
            dtype=dtype,
            **{ours: content[theirs] for theirs, ours in _FIELDS.items()},
        )
    except ValueError as error:
        raise PclipError(f"{path}: {error}") from error
