"""The cost table of a run: its own systems, and the published sizes they are compared with."""

from __future__ import annotations

from typing import Any

from ml_collections import ConfigDict

from pclip.evaluation.cost import (
    add_costs,
    detector_cost,
    encoder_cost,
    fine_tuning_cost,
    heads_cost,
)
from pclip.models.detector import Detector
from pclip.models.packet_encoder import (
    RELEASED_VOCABULARY,
    load_packet_encoder,
    packet_encoder_config,
)
from pclip.models.temporal import PAPER_SIZE, TemporalSizes
from pclip.runs.inputs import Inputs


def measure_costs(inputs: Inputs, config: ConfigDict) -> dict[str, Any]:
    """Parameters, MACs and FLOPs of the systems.

    Encoders and fine-tuning are counted for one packet of 128 tokens, whatever the config reads,
    heads for one packet, detectors for one window. "gnn+heads+..." adds the encoding and projection
    of one new packet to a window's verdict, which is what a stream costs, and the heads' trained
    parameters.
    """
    c = config.detector
    packet, text = inputs.packet_encoder.config, inputs.text_encoder.config
    width = text.width
    classes = len(inputs.dataset.classes)
    concepts = tuple(len(vectors) for vectors in inputs.concept_vectors[0])

    def detector(sizes: TemporalSizes, *, graphs: bool) -> Detector:
        return Detector(
            missions=inputs.compiled if graphs else (),
            num_classes=len(inputs.dataset.groups),
            dim=c.dim,
            propagate=c.propagate,
            impl=c.impl,
            temporal=sizes,
        )

    sizes = TemporalSizes(**c.temporal.to_dict())
    gnn = detector_cost(detector(sizes, graphs=True), concepts, c.window, width)
    heads = heads_cost(packet.width, width, c.heads)
    base = packet_encoder_config("et-bert-base", vocabulary=RELEASED_VOCABULARY)
    return {
        "heads_packet": heads_cost(packet.width, width, "packet"),
        "heads_both": heads_cost(packet.width, width, "both"),
        "gnn": gnn,
        "gnn_paper_size": detector_cost(
            detector(PAPER_SIZE, graphs=True), concepts, c.window, width
        ),
        "temporal": detector_cost(detector(sizes, graphs=False), (), c.window, width),
        "frozen_packet_encoder": encoder_cost(packet),
        "gnn+heads+frozen_packet_encoder": add_costs(encoder_cost(packet), heads, gnn),
        "gnn+heads+et_bert_base": add_costs(
            encoder_cost(base), heads_cost(base.width, width, c.heads), gnn
        ),
        "et_bert_finetuned": fine_tuning_cost(
            load_packet_encoder(config.fine_tuning.encoder).config, classes
        ),
        "et_bert_base_finetuned": fine_tuning_cost(base, classes),
    }
