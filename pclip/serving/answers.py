"""What zero-shot classification answers: which text each packet lies nearest to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pclip.packets import PacketTable


@dataclass(frozen=True)
class TextShare:
    """One text's part in a capture.

    Attributes:
        text: as it was asked.
        packets: packets that lie nearest to it.
        share: of all usable packets.
        mean_cosine: over all usable packets.
        mean_probability: over all usable packets.
    """

    text: str
    packets: int
    share: float
    mean_cosine: float
    mean_probability: float


@dataclass(frozen=True, eq=False)
class ZeroShotAnswer:
    """Texts against the n usable packets of a capture.

    Attributes:
        texts: as they were asked.
        packets: the usable packets.
        scores: float32 [n, texts], cosines in the joint space.
        temperature: that the heads were trained with.
        model: the model's name.
        note: on the packet encoder's weights.
    """

    texts: tuple[str, ...]
    packets: PacketTable
    scores: NDArray[np.float32]
    temperature: float
    model: str
    note: str

    @property
    def best(self) -> NDArray[np.int64]:
        """int64 [n]: the text nearest to each packet, the first one on a tie."""
        return self.scores.argmax(axis=1)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """float32 [n, texts]: softmax(cosines / temperature), relative to the texts asked."""
        logits = self.scores / np.float32(self.temperature)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def summary(self) -> tuple[TextShare, ...]:
        """Each text's share of the packets, in the order asked."""
        counts = np.bincount(self.best, minlength=len(self.texts))
        cosines = self.scores.mean(axis=0, dtype=np.float64)
        probabilities = self.probabilities.mean(axis=0, dtype=np.float64)
        return tuple(
            TextShare(
                text=text,
                packets=int(counts[i]),
                share=float(counts[i] / len(self.scores)),
                mean_cosine=float(cosines[i]),
                mean_probability=float(probabilities[i]),
            )
            for i, text in enumerate(self.texts)
        )
