"""Well-formed weights of encoders: safetensors, torch files of both containers, their pickles."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import safetensors.numpy

from pclip.models.bert_weights import required_tensors
from pclip.models.encoder_config import EncoderConfig
from pclip.models.uer_weights import UER
from tests.fuzz.mutate import Field, Seed
from tests.models import write_torch

UER_CONFIG = EncoderConfig(
    vocab_size=7, width=4, layers=1, heads=2, ff=3, positions=5, segments=3, layer_norm="uer"
)
PICKLE_WORDS = [
    write_torch.name("os", "system"),
    write_torch.name("torch._utils", "_rebuild_parameter"),
    write_torch.text("builtins") + write_torch.text("eval") + b"\x93",
    write_torch.storage("0", "HalfStorage", 3),
    write_torch.integer(2**62),
    write_torch.integer(2**61 - 1) + b"Ns",  # a key whose hash is 0
    *(bytes([code]) for code in b"().0RQbtuseah\x80\x81\x85\x86\x87\x8a\x93\x94\x95N]}(iocq"),
]
"""Instructions, some of which a torch file never has."""

FEW = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
    "half": np.ones(2, np.float16),
    "long": np.arange(3),
}


def bert_weights_seeds(config: EncoderConfig) -> list[Seed]:
    """All that the encoder needs, in two types, with and without a prefix; the head is a field."""
    shapes = required_tensors(config)
    rng = np.random.default_rng(0)
    found = []
    for kind, prefix in ((np.float32, ""), (np.float16, "roberta.")):
        tensors = {
            prefix + key: rng.normal(size=shape).astype(kind) for key, shape in shapes.items()
        }
        tensors["lm_head.bias"] = np.zeros(3, np.float32)
        content = safetensors.numpy.save(tensors)
        found.append(Seed(content, (Field(0, 8, "<"), *(Field(n, 1) for n in range(8, 200)))))
    return found


def uer_tensors(spelling: int) -> dict[str, np.ndarray]:
    """All that an encoder needs, under UER's names."""
    rng = np.random.default_rng(0)
    return {
        UER.spellings(key)[:2][-spelling]: rng.normal(size=shape).astype(np.float32)
        for key, shape in required_tensors(UER_CONFIG).items()
    }


def uer_weights_seeds() -> list[Seed]:
    """In both spellings; the header is a field."""
    found = []
    for spelling in (0, 1):
        tensors = uer_tensors(spelling) | {"target.mlm_linear_1.bias": np.zeros(2, np.float32)}
        content = safetensors.numpy.save(tensors)
        found.append(Seed(content, (Field(0, 8, "<"), *(Field(n, 1) for n in range(8, 200)))))
    return found


def torch_seeds(*, legacy: bool) -> list[Seed]:
    """One container, with three tensors and with an encoder."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.bin"
        for tensors in (FEW, uer_tensors(0)):
            write_torch.save(path, tensors, legacy=legacy)
            found.append(Seed(path.read_bytes()))
    return found


def torch_pickle_seeds() -> list[Seed]:
    """Each byte of the shorter one is a field: an instruction, a length, a count."""
    short, long = write_torch.state_dict(FEW), write_torch.state_dict(uer_tensors(0))
    return [Seed(short, tuple(Field(n, 1) for n in range(len(short)))), Seed(long)]


def index_seeds(keys: list[str]) -> list[Seed]:
    """An index of two shards."""
    shards = {key: f"model-{place % 2}.safetensors" for place, key in enumerate(sorted(keys))}
    document = {"metadata": {"total_size": 1}, "weight_map": shards}
    return [Seed(json.dumps(document, indent=indent).encode()) for indent in (None, 2)]
