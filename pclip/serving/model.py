"""A trained model, ready for captures: embed, zero-shot, detect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pclip.errors import PclipError
from pclip.evaluation import class_vectors, detect_windows, similarities
from pclip.models.heads import fixed_map, project_packets, project_texts
from pclip.models.packet_encoder import PacketEncoder, load_packet_encoder
from pclip.models.text_encoder import TextEncoder, check_texts, load_text_encoder
from pclip.packets import PacketTable
from pclip.serving.answers import ZeroShotAnswer
from pclip.serving.artefact import Artefact, detector_of
from pclip.serving.detections import Detections
from pclip.serving.encoding import encode_rows
from pclip.serving.manifest import Manifest
from pclip.serving.traffic import Capture, Traffic
from pclip.text import prompts_for


class Embedded(NamedTuple):
    """Usable packets and their vectors float32 [n, width] of length 1, in the joint space."""

    packets: PacketTable
    vectors: NDArray[np.float32]


class PclipModel:
    """A model folder with its frozen encoders, which are loaded when first needed.

    Args:
        artefact: of `load_artefact`.
    """

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._detector = detector_of(artefact.manifest)

    @property
    def manifest(self) -> Manifest:
        """What the model is, where it comes from, and its limits."""
        return self._artefact.manifest

    @property
    def name(self) -> str:
        """The model's name."""
        return self.manifest.name

    @property
    def note(self) -> str:
        """Where the packet encoder's weights come from; belongs in every output."""
        return self.manifest.packet_encoder.note

    @property
    def numbers(self) -> int:
        """How many numbers the model holds beside its frozen encoders."""
        held = self._artefact
        leaves = jax.tree.leaves((held.heads, held.standardiser, held.variables, held.concepts))
        return sum(leaf.size for leaf in leaves)

    @cached_property
    def packet_encoder(self) -> PacketEncoder:
        """The frozen packet encoder: what the folder carries, or what its name stands for.

        Raises:
            PclipError: its weights are not those that the heads were trained on.
        """
        side = self.manifest.packet_encoder
        encoder = self._artefact.packet_encoder or load_packet_encoder(side.name)
        _same_weights("packet encoder", side.name, encoder.sha256, side.sha256)
        if encoder.config.width != side.width:
            raise PclipError(
                f"the packet encoder {side.name} gives vectors of {encoder.config.width} numbers, "
                f"the manifest says {side.width}: fetch the model's folder again"
            )
        return encoder

    @cached_property
    def text_encoder(self) -> TextEncoder:
        """The frozen text encoder.

        Raises:
            PclipError: it is missing, or its weights are not those the heads were trained on.
        """
        side = self.manifest.text_encoder
        encoder = load_text_encoder(side.name)
        _same_weights("text encoder", side.name, encoder.sha256, side.sha256)
        return encoder

    def embed(self, capture: Capture) -> Embedded:
        """Put the usable packets of a capture into the joint space.

        u = normalise(W_p z(x) + b_p), each distinct input encoded once.

        Args:
            capture: a path, or packets that were read before.

        Raises:
            PclipError: the capture cannot be read, or nothing in it can be used.
        """
        traffic = self._traffic(capture)
        return Embedded(traffic.packets, self._inputs(traffic)[traffic.input_of_packet])

    def zero_shot(self, capture: Capture, texts: Sequence[str]) -> ZeroShotAnswer:
        """Say which of the texts each packet lies nearest to (section 4.4).

        A text's vector is the mean over its prompts (`pclip.text.prompts_for`).

        Args:
            capture: a path, or packets that were read before.
            texts: such as "a SYN flood", at least one; shares compare them with each other only.

        Raises:
            PclipError: no text, a blank one, or a capture of no use.
        """
        asked = _checked(texts)
        traffic = self._traffic(capture)
        wanted = self._texts(asked)
        scores = similarities(self._inputs(traffic), wanted)
        return ZeroShotAnswer(
            texts=asked,
            packets=traffic.packets,
            scores=scores[traffic.input_of_packet],
            temperature=self.manifest.heads.temperature,
            model=self.name,
            note=self.note,
        )

    def detect(self, capture: Capture) -> Detections:
        """Judge each usable packet from the window that ends with it (section 3.4).

        Args:
            capture: a path, or packets that were read before.

        Raises:
            PclipError: the capture cannot be read, or nothing in it can be used.
        """
        traffic, window = self._traffic(capture), self.manifest.detector.window
        probabilities = detect_windows(
            self._detector,
            self._artefact.variables,
            self._inputs(traffic),
            self._artefact.concepts,
            traffic.windows(window),
        )
        return Detections(
            groups=self.manifest.groups,
            packets=traffic.packets,
            probabilities=probabilities,
            window=window,
            read=traffic.read,
            skipped=traffic.skipped,
            model=self.name,
            note=self.note,
        )

    def _traffic(self, capture: Capture) -> Traffic:
        side = self.manifest.packet_encoder
        return Traffic.of(capture, self.packet_encoder, side.bytes, side.max_length)

    def _inputs(self, traffic: Traffic) -> NDArray[np.float32]:
        """Distinct inputs in the joint space, float32 [distinct inputs, width]."""
        heads, packets = self.manifest.heads, self.manifest.packet_encoder
        vectors = encode_rows(self.packet_encoder, traffic.ids, traffic.lengths, "packets")
        fixed = fixed_map(packets.width, heads.width) if heads.kind == "none" else None
        return np.asarray(
            project_packets(
                self._artefact.heads,
                jnp.asarray(vectors),
                standardiser=self._artefact.standardiser,
                fixed=fixed,
            )
        )

    def _texts(self, texts: tuple[str, ...]) -> NDArray[np.float32]:
        """One vector of length 1 a text, float32 [texts, width]."""
        prompts = [prompts_for(text) for text in texts]
        ids, lengths = self.text_encoder.tokenize(
            [prompt for group in prompts for prompt in group],
            max_length=self.manifest.text_encoder.max_length,
        )
        vectors = encode_rows(self.text_encoder, ids, lengths, "texts")
        joint = np.asarray(project_texts(self._artefact.heads, jnp.asarray(vectors)))
        return class_vectors(joint, [len(group) for group in prompts])


def _checked(texts: Sequence[str]) -> tuple[str, ...]:
    check_texts(texts)
    if not texts:
        raise PclipError('no text to compare with; give at least one, such as "a SYN flood"')
    for text in texts:
        if not text.strip():
            raise PclipError('a text is blank; each says something, such as "a SYN flood"')
        try:
            text.encode()
        except UnicodeEncodeError as error:  # bytes of a command line that are no UTF-8
            raise PclipError(f"the text {text!a} is not valid Unicode; type it again") from error
    return tuple(texts)


def _same_weights(what: str, name: str, found: str, expected: str) -> None:
    if found != expected:
        raise PclipError(
            f"the {what} {name} has weights with sha256 {found}, the model was trained on "
            f"{expected}: train the model again with these weights and ship it "
            "(python -m experiments.ship), or use the version of pclip that made it"
        )
