"""What a model's manifest.json says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pclip.missions import Mission
from pclip.models.temporal import TemporalSizes

SCHEMA = 1
CARRIED_ENCODER = "packet_encoder"
"""Name of a packet encoder that is a user's own, and of the sub-folder that carries it."""


@dataclass(frozen=True)
class PacketSide:
    """The frozen packet encoder and what it sees.

    Attributes:
        name: of `PACKET_ENCODER_NAMES`, or `CARRIED_ENCODER`.
        sha256: over its weights.
        note: where the weights come from; stands in every output.
        width: of its vectors.
        bytes: byte policy.
        max_length: tokens of a packet, at most.
    """

    name: str
    sha256: str
    note: str
    width: int
    bytes: str
    max_length: int


@dataclass(frozen=True)
class TextSide:
    """The frozen text encoder.

    Attributes:
        name: "minilm" or a folder.
        sha256: of its weights' file.
        note: where the weights come from.
        width: of its vectors.
        max_length: tokens of a text, at most.
    """

    name: str
    sha256: str
    note: str
    width: int
    max_length: int


@dataclass(frozen=True)
class HeadSizes:
    """The heads.

    Attributes:
        kind: of `HEAD_KINDS`.
        width: of the joint space.
        temperature: tau at the end of training.
        standardised: packet vectors pass a standardiser first.
    """

    kind: str
    width: int
    temperature: float
    standardised: bool


@dataclass(frozen=True)
class DetectorSizes:
    """The detector, beside its missions and groups; see `pclip.models.detector.Detector`.

    Attributes:
        window: A, packets of a window.
        dim: D, width of a mission's vector.
        propagate: "carry" or "released".
        readout: "last" or "all".
        temporal: sizes of the temporal model.
        head_hidden: hidden widths of the last layers.
    """

    window: int
    dim: int
    propagate: str
    readout: str
    temporal: TemporalSizes
    head_hidden: tuple[int, ...]


@dataclass(frozen=True)
class Origin:
    """Which training made the model.

    Attributes:
        config: name of the experiment's config.
        dataset: name of the dataset.
        split: name of the split.
        seed: of the split and of the training.
        commit: of the code.
        measured: scores on the split's test part, by their names in results.json.
    """

    config: str
    dataset: str
    split: str
    seed: int
    commit: str
    measured: Mapping[str, float]


@dataclass(frozen=True)
class Manifest:
    """All that is said about a model.

    Attributes:
        name: of the model.
        weights_sha256: of weights.safetensors.
        packet_encoder: the frozen packet encoder.
        text_encoder: the frozen text encoder.
        heads: the projection heads.
        detector: the detector.
        missions: its graphs, in the order of its groups.
        groups: what it tells apart, "Benign" first, then each mission's title.
        classes: the classes of the dataset it was trained on.
        origin: the training that made it.
        limits: what a user must know, a sentence or two each.
    """

    name: str
    weights_sha256: str
    packet_encoder: PacketSide
    text_encoder: TextSide
    heads: HeadSizes
    detector: DetectorSizes
    missions: tuple[Mission, ...]
    groups: tuple[str, ...]
    classes: tuple[str, ...]
    origin: Origin
    limits: tuple[str, ...]

    def to_json(self) -> str:
        """The text of manifest.json; the same manifest gives the same bytes."""
        document = {"schema": SCHEMA, **dataclasses.asdict(self)}
        # A mission's own file format, so that the graph can be taken out and used as one.
        document["missions"] = [
            {"schema": SCHEMA, **dataclasses.asdict(mission)} for mission in self.missions
        ]
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
