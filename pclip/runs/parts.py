"""Training, validation and test parts of one split and seed, in the forms that units need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pclip.data import PARTS, Split, make_split, window_indices
from pclip.runs.inputs import Inputs
from pclip.training.dense import LabelledInputs

# Second words of seed sequences: each purpose draws from a stream of its own.
FRACTION, SHUFFLE, CALIBRATION = 101, 102, 103


@dataclass(frozen=True)
class Parts:
    """One split of the inputs' dataset.

    Attributes:
        inputs: what the run works on.
        split: the split.
        seed: of everything that this split's units draw.
        window: packets in a window.
        kept: int64 positions in the training part that learning may use, ascending.
        answers: int64, the position (within `kept`) whose label and caption each training sample
            bears: its own, unless they are shuffled.
    """

    inputs: Inputs
    split: Split
    seed: int
    window: int
    kept: np.ndarray
    answers: np.ndarray

    @classmethod
    def of(cls, inputs: Inputs, name: str, seed: int, window: int) -> Parts:
        """The whole split `name` of seed `seed`."""
        split = make_split(inputs.dataset, name, seed)
        everything = np.arange(len(split.train))
        return cls(inputs, split, seed, window, everything, everything)

    def fraction(self, share: float) -> Parts:
        """The same split with a random `share` of its training samples to learn from.

        A smaller share is part of a larger one of the same seed.
        Windows keep their context: its packets are seen, their labels are not.
        """
        if not 0 < share <= 1:
            raise ValueError(f"a fraction of the training part is in (0, 1], not {share}")
        if share == 1:
            return self
        order = np.random.default_rng((self.seed, FRACTION)).permutation(len(self.split.train))
        size = max(1, round(share * len(order)))
        chosen = np.sort(order[:size])
        return replace(self, kept=chosen, answers=np.arange(size))

    def shuffled(self) -> Parts:
        """The same split with training labels and captions dealt out at random: a control."""
        order = np.random.default_rng((self.seed, SHUFFLE)).permutation(len(self.kept))
        return replace(self, answers=order)

    def rows(self, part: str) -> np.ndarray:
        """Packet row numbers of a part, int64 [m]; of training, those that learning may use."""
        rows = getattr(self.split, part)
        return rows[self.kept] if part == "train" else rows

    def _answering(self, part: str) -> np.ndarray:
        """Packet rows whose labels the samples bear."""
        return self.rows(part)[self.answers] if part == "train" else self.rows(part)

    def labels(self, part: str) -> np.ndarray:
        """Classes, int64 [m]."""
        return self.inputs.dataset.labels[self._answering(part)].astype(np.int64)

    def groups(self, part: str) -> np.ndarray:
        """Groups (benign, missions), int64 [m]."""
        return self.inputs.dataset.group_labels[self._answering(part)].astype(np.int64)

    def captions(self, part: str) -> np.ndarray:
        """Numbers of the captions, int32 [m], -1 where a sample has none."""
        return self.inputs.caption_of_packet[self._answering(part)]

    def inputs_of(self, part: str) -> np.ndarray:
        """Numbers of the distinct inputs, int32 [m]."""
        return self.inputs.input_of_packet[self.rows(part)]

    def samples(self, part: str, *, groups: bool = False) -> LabelledInputs:
        """Distinct inputs with classes, or with groups."""
        labels = self.groups(part) if groups else self.labels(part)
        return LabelledInputs(self.inputs_of(part), labels.astype(np.int32))

    def windows(self, part: str) -> np.ndarray:
        """Distinct inputs of each sample's window, int32 [m, window], -1 where there is none."""
        windows = self._packet_windows[part]
        if part == "train":
            windows = windows[self.kept]
        return np.where(windows >= 0, self.inputs.input_of_packet[windows], -1).astype(np.int32)

    @cached_property
    def _packet_windows(self) -> dict[str, np.ndarray]:
        return {
            part: window_indices(self.inputs.dataset, self.split, part, length=self.window)
            for part in PARTS
        }
