"""Checkpoints of UER-py, and so of ET-BERT: names, and sizes, which only the shapes tell."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from pclip.errors import PclipError
from pclip.models.bert_config import MAX_LAYERS
from pclip.models.encoder_config import EncoderConfig
from pclip.models.layout import Layout

HEAD_WIDTH = 64
"""Of every size that UER-py has: heads = width / 64."""

# BERT's name -> UER's; the tables have another one in newer versions.
_OUTSIDE = {
    "embeddings.word_embeddings.weight": (
        "embedding.word_embedding.weight",
        "embedding.word.embedding.weight",
    ),
    "embeddings.position_embeddings.weight": (
        "embedding.position_embedding.weight",
        "embedding.pos.embedding.weight",
    ),
    "embeddings.token_type_embeddings.weight": (
        "embedding.segment_embedding.weight",
        "embedding.seg.embedding.weight",
    ),
    "embeddings.LayerNorm.weight": ("embedding.layer_norm.gamma",),
    "embeddings.LayerNorm.bias": ("embedding.layer_norm.beta",),
}
_INSIDE = {
    "attention.self.query": "self_attn.linear_layers.0",
    "attention.self.key": "self_attn.linear_layers.1",
    "attention.self.value": "self_attn.linear_layers.2",
    "attention.output.dense": "self_attn.final_linear",
    "intermediate.dense": "feed_forward.linear_1",
    "output.dense": "feed_forward.linear_2",
}
_NORMS = {"attention.output.LayerNorm": "layer_norm_1", "output.LayerNorm": "layer_norm_2"}
_NORM_PARTS = {"weight": "gamma", "bias": "beta"}
_BERT_LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)")
_UER_LAYER = re.compile(r"encoder\.transformer\.(\d{1,6})\.")


def _spellings(key: str) -> tuple[str, ...]:
    if key in _OUTSIDE:
        return _OUTSIDE[key]
    match = _BERT_LAYER.fullmatch(key)
    assert match, key
    layer, name, part = match.groups()
    if name in _NORMS:
        name, part = _NORMS[name], _NORM_PARTS[part]
    else:
        name = _INSIDE[name]
    return (f"encoder.transformer.{layer}.{name}.{part}",)


UER = Layout(
    prefix=re.compile(r"^module\."),
    # Heads of pre-training, and the classifier of a fine-tuned model.
    optional=re.compile(r"^(target|output_layer_[12])\."),
    spellings=_spellings,
    advice="Is it a BERT-like checkpoint of UER-py or ET-BERT?",
)
"""Names in checkpoints of UER-py, of both its versions."""


def uer_config(
    tensors: Mapping[str, np.ndarray],
    source: str,
    *,
    heads: int | None = None,
    dtype: str = "float32",
) -> EncoderConfig:
    """Sizes of a UER checkpoint, from the shapes of its tensors.

    Args:
        tensors: as in the file.
        source: its name, for the message.
        heads: attention heads, which no shape tells; width / 64 where it is None.
        dtype: of the computation.

    Returns:
        The config, with UER's LayerNorm; whether all other tensors fit it remains to be checked.

    Raises:
        PclipError: the tensors that tell the sizes are not there, or tell no possible encoder.
    """
    bare = {UER.prefix.sub("", key): tensor.shape for key, tensor in tensors.items()}

    def shape(*spellings: str) -> tuple[int, ...]:
        for spelling in spellings:
            if spelling in bare:
                if len(bare[spelling]) != 2:
                    raise PclipError(
                        f"{source}: {spelling} has the shape {bare[spelling]}, expected two axes"
                    )
                return bare[spelling]
        raise PclipError(
            f"{source} lacks {' or '.join(spellings)}. {UER.advice} A model of Hugging Face is "
            "read by its folder"
        )

    vocabulary, width = shape(*_OUTSIDE["embeddings.word_embeddings.weight"])
    layers = {int(match[1]) for key in bare if (match := _UER_LAYER.match(key))}
    if max(layers, default=0) >= MAX_LAYERS:
        raise PclipError(
            f"{source} holds a layer {max(layers):,}, expected at most {MAX_LAYERS:,} layers"
        )
    if heads is None and width % HEAD_WIDTH:
        raise PclipError(
            f"{source} has the width {width}, which is not a multiple of {HEAD_WIDTH}: its shapes "
            "do not tell the number of heads; say it: `pclip convert --heads N`, whose folder then "
            "knows it"
        )
    if heads is not None and width % heads:
        raise PclipError(
            f"{heads} heads do not divide the width {width} of {source}; say another number: "
            "`pclip convert --heads N`"
        )
    try:
        return EncoderConfig(
            vocab_size=vocabulary,
            width=width,
            layers=max(layers, default=0) + 1,
            heads=width // HEAD_WIDTH if heads is None else heads,
            ff=shape("encoder.transformer.0.feed_forward.linear_1.weight")[0],
            positions=shape(*_OUTSIDE["embeddings.position_embeddings.weight"])[0],
            segments=shape(*_OUTSIDE["embeddings.token_type_embeddings.weight"])[0],
            layer_norm="uer",
            layer_norm_eps=1e-6,
            dtype=dtype,
        )
    except ValueError as error:
        raise PclipError(f"{source}: {error}") from error
