"""One forward pass of a base-size encoder: ours beside PyTorch's, the same weights and batches."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from benchmarks.peers import MissingPeerError
from benchmarks.timing import Contestant, compete
from pclip.models.checkpoints import read_checkpoint
from pclip.models.encoder import encode
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import uer_segments

BATCHES = ((32, 128), (8, 128), (1, 128), (64, 32))
SEED = 0
MOST_OFTEN = 8
OURS, UER, FUSED = "pclip", "PyTorch, UER's arithmetic", "PyTorch, fused attention"


@dataclass
class Batch:
    """What was found on batches of one shape.

    Attributes:
        rows: packets in a batch.
        length: tokens of each, padding included.
        contestants: ours first.
        apart: name -> largest absolute difference to ours, at tokens.
    """

    rows: int
    length: int
    contestants: list[Contestant]
    apart: dict[str, float]


def forward_passes(
    config: EncoderConfig, shapes: Sequence[tuple[int, int]], repetitions: int
) -> list[Batch]:
    """Measure batches of all shapes.

    PyTorch makes the weights and writes them as UER-py would; pclip reads the checkpoint. All rows
    are full but the first, which is half padding. A pass begins and ends with NumPy arrays.

    Args:
        config: sizes; UER's LayerNorm.
        shapes: rows and length of each batch.
        repetitions: how often each contestant runs; more often where a pass is short, since the
            median of a few short ones is the machine's mood.

    Raises:
        MissingPeerError: PyTorch is not installed.
    """
    try:
        import torch

        from benchmarks import uer_torch
    except ImportError as error:
        raise MissingPeerError("torch is not installed: pip install -e '.[parity]'") from error

    class FusedAttention(uer_torch.SelfAttention):
        """The same function by PyTorch's fused kernel."""

        def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            """Attend within x [B, S, W] under a mask [B, 1, 1, S] that is added to the scores."""
            batch, length, width = x.shape
            query, key, value = (
                linear(x).view(batch, length, self.heads, self.head_width).transpose(1, 2)
                for linear in self.linear_layers
            )
            mixed = torch.nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask
            )
            return self.final_linear(mixed.transpose(1, 2).reshape(batch, length, width))

    torch.manual_seed(SEED)
    model = uer_torch.Encoder(config).eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.bin"
        torch.save(model.state_dict(), path)
        ours = read_checkpoint(path, heads=config.heads)
    plain = [block.self_attn for block in model.encoder.transformer]
    fused = []
    for attention in plain:
        fused.append(FusedAttention(config))
        fused[-1].load_state_dict(attention.state_dict())

    @torch.inference_mode()
    def by_torch(ids: np.ndarray, segments: np.ndarray, attentions: list[Any]) -> np.ndarray:
        # Not model(...), which keeps the output of each layer.
        on = torch.from_numpy(segments).long()
        x = model.embedding(torch.from_numpy(ids).long(), on)
        mask = (on == 0).float()[:, None, None, :] * uer_torch.PADDING_SCORE
        for block, attention in zip(model.encoder.transformer, attentions, strict=True):
            block.self_attn = attention
            x = block(x, mask)
        return x.numpy()

    run = jax.jit(lambda params, ids, segments, mask: encode(config, params, ids, segments, mask))

    def ours_of(ids: np.ndarray, segments: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return np.asarray(run(ours.params, ids, segments, mask))

    rng = np.random.default_rng(SEED)
    found = []
    longest = max(rows * length for rows, length in shapes)
    for rows, length in shapes:
        often = repetitions * min(MOST_OFTEN, longest // (rows * length))
        mask = np.ones((rows, length), bool)
        mask[0, length // 2 :] = False
        ids = np.where(mask, rng.integers(5, config.vocab_size, mask.shape), 0).astype(np.int32)
        segments = np.asarray(uer_segments(mask))
        outputs: dict[str, np.ndarray] = {}
        by_pclip = partial(_keep, outputs, OURS, partial(ours_of, ids, segments, mask))
        by_uer = partial(_keep, outputs, UER, partial(by_torch, ids, segments, plain))
        by_fused = partial(_keep, outputs, FUSED, partial(by_torch, ids, segments, fused))
        contestants = [
            Contestant(OURS, by_pclip, often),
            Contestant(UER, by_uer, often),
            Contestant(FUSED, by_fused, often),
        ]
        compete(contestants, f"forward {rows} x {length}")
        apart = {
            name: float(np.abs(output - outputs[OURS])[mask].max())
            for name, output in outputs.items()
            if name != OURS
        }
        found.append(Batch(rows, length, contestants, apart))
    return found


def _keep(outputs: dict[str, np.ndarray], name: str, work: Callable[[], np.ndarray]) -> int:
    """Do a pass, keep what it gave to compare, and give the number of its packets."""
    outputs[name] = work()
    return len(outputs[name])
