"""Random encoders in PyTorch: their checkpoints as UER-py and transformers leave them, and outputs.

Needs the extra `parity`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel
from transformers.utils.logging import disable_progress_bar

from benchmarks import uer_torch
from pclip.models.encoder_config import EncoderConfig

disable_progress_bar()

TINY = EncoderConfig(vocab_size=30, width=16, layers=2, heads=2, ff=20, positions=10)
BASE = EncoderConfig(vocab_size=500, width=768, layers=12, heads=12, ff=3072, positions=130)

SMALL, WIDE = 1e-3, 0.7
"""Deviations. Tables so small that the epsilon of LayerNorm, and where it stands, moves the output
by far more than the tolerance; other weights so large that attention is far from uniform."""

_NEWER_TABLES = {
    "embedding.word_embedding": "embedding.word.embedding",
    "embedding.position_embedding": "embedding.pos.embedding",
    "embedding.segment_embedding": "embedding.seg.embedding",
}

Forward = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, ...]]
"""From ids, segments and mask [B, S] to the output of the embedding and of each layer."""


def _randomise(model: nn.Module, seed: int) -> None:
    """Numbers that half precision holds, so that a checkpoint may be half as large."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            std = WIDE * parameter.shape[-1] ** -0.5
            if name.endswith(("embedding.weight", "embeddings.weight")):
                std = SMALL
            centre = 1.0 if name.endswith(("gamma", "LayerNorm.weight")) else 0.0
            parameter.normal_(centre, std, generator=generator)
            parameter.copy_(parameter.half())


def _uer(folder: Path, seed: int, config: EncoderConfig) -> Forward:
    """Single precision in a zip archive, with the older names and a head of pre-training."""
    model = uer_torch.Encoder(config)
    _randomise(model, seed)
    head = {"target.mlm_linear_1.bias": torch.zeros(config.width)}
    torch.save(model.state_dict() | head, folder / "model.bin")
    return lambda ids, segments, mask: model(ids, segments)


def _uer_newer(folder: Path, seed: int, config: EncoderConfig) -> Forward:
    """Half precision in the old container, with the newer names, a prefix and a classifier."""
    model = uer_torch.Encoder(config)
    _randomise(model, seed)
    tensors = {"module.output_layer_2.bias": torch.zeros(3)}
    for key, tensor in model.state_dict().items():
        stem, _, part = key.rpartition(".")
        tensors[f"module.{_NEWER_TABLES.get(stem, stem)}.{part}"] = tensor.half()
    torch.save(tensors, folder / "model.bin", _use_new_zipfile_serialization=False)
    return lambda ids, segments, mask: model(ids, segments)


def _sizes(config: EncoderConfig) -> dict[str, float]:
    return {
        "vocab_size": config.vocab_size,
        "hidden_size": config.width,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.ff,
        "max_position_embeddings": config.positions,
        "layer_norm_eps": config.layer_norm_eps,
        "type_vocab_size": config.segments,
        "pad_token_id": config.pad_id,
    }


def _hidden_states(model: nn.Module) -> Forward:
    return lambda ids, segments, mask: (
        model(
            input_ids=ids, token_type_ids=segments, attention_mask=mask, output_hidden_states=True
        ).hidden_states
    )


def _bert(folder: Path, seed: int, config: EncoderConfig) -> Forward:
    """Shards of safetensors."""
    model = BertModel(BertConfig(**_sizes(config))).eval()
    _randomise(model, seed)
    shard = 2 * sum(parameter.numel() for parameter in model.parameters()) * 3 // 4
    model.half().save_pretrained(folder, max_shard_size=shard)
    return _hidden_states(model.float())


def _roberta(folder: Path, seed: int, config: EncoderConfig) -> Forward:
    """A pickle."""
    model = RobertaModel(RobertaConfig(**_sizes(config))).eval()
    _randomise(model, seed)
    model.config.save_pretrained(folder)
    tensors = {key: tensor.half() for key, tensor in model.state_dict().items()}
    torch.save(tensors, folder / "pytorch_model.bin")
    return _hidden_states(model)


_USUAL = {"layer_norm": "usual", "layer_norm_eps": 1e-5}
_KINDS = {
    "uer": (_uer, {}),
    "uer-newer": (_uer_newer, {}),
    "bert": (_bert, _USUAL | {"segments": 2}),
    "roberta": (_roberta, _USUAL | {"segments": 1, "position_rule": "roberta", "pad_id": 1}),
}
KINDS = tuple(_KINDS)


def write_reference(kind: str, folder: Path, seed: int, sizes: EncoderConfig = TINY) -> None:
    """A checkpoint, and in reference.npz what PyTorch makes of a batch.

    The batch has three sequences: one without padding, one with, one of a single token.

    Args:
        kind: one of `KINDS`.
        folder: made where it is missing.
        seed: of the weights and the batch.
        sizes: of the model; what tells the kinds apart is replaced.
    """
    write, conventions = _KINDS[kind]
    config = dataclasses.replace(sizes, **conventions)
    folder.mkdir(parents=True, exist_ok=True)
    forward = write(folder, seed, config)

    rng = np.random.default_rng(seed)
    length = config.max_length - 1
    lengths = np.array([length, length // 2, 1])
    mask = np.arange(length) < lengths[:, None]
    ids = np.where(mask, rng.integers(2, config.vocab_size, mask.shape), config.pad_id)
    if kind.startswith("uer"):  # 1 and 2 are the first and the second part, 0 is padding
        segments = np.where(mask, 1 + (np.arange(length) >= length // 3), 0)
    else:
        segments = np.where(mask, rng.integers(0, config.segments, mask.shape), 0)
    with torch.no_grad():
        states = forward(*map(torch.from_numpy, (ids, segments, mask.astype(np.int64))))
    hidden = np.stack([state.numpy() for state in states]) * mask[..., None]
    np.savez_compressed(
        folder / "reference.npz",
        ids=ids.astype(np.int32),
        segments=segments.astype(np.int32),
        lengths=lengths.astype(np.int32),
        hidden=hidden.astype(np.float32),
        mean=(hidden[-1].sum(1) / lengths[:, None]).astype(np.float32),
    )
