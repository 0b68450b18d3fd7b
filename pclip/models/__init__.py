"""Flax modules and their weights.

In: integer token ids and lengths (packets or texts), or vectors of an encoder.
Out: encoders, heads, the contrastive loss, mission reasoning and the detector, each a Linen module
or a pure function of `(params, batch)`; parameters are plain nested dicts of arrays, so whoever
trains decides what is frozen.
Called by: embedding, training, evaluation, serving and the commands. Imports nothing of ours but
the root modules.
"""

from __future__ import annotations

from pclip.models.classifier import PacketClassifier, init_classifier
from pclip.models.convert import load_encoder, save_encoder
from pclip.models.cost import (
    EncoderParameters,
    count_parameters,
    encoder_macs,
    encoder_parameters,
)
from pclip.models.detection_loss import class_weights, decaying_threshold, detection_loss
from pclip.models.detector import Detector, verdict
from pclip.models.detector_cost import DetectorMacs, detector_macs, transformer_macs
from pclip.models.encoder import Encoder
from pclip.models.encoder_card import EncoderCard
from pclip.models.encoder_config import EncoderConfig
from pclip.models.encoder_folder import read_encoder, write_encoder
from pclip.models.graph_plan import PROPAGATIONS, MissionGraph
from pclip.models.heads import (
    HEAD_KINDS,
    Standardiser,
    fit_standardiser,
    fixed_map,
    init_heads,
    project_packets,
    project_texts,
    standardise,
    temperature_of,
)
from pclip.models.hierarchical_gnn import IMPLEMENTATIONS, HierarchicalGNN
from pclip.models.infonce import DENOMINATORS, DIRECTIONS, POSITIVES, duplicate_rate, info_nce
from pclip.models.mlp import MLP
from pclip.models.packet_encoder import PACKET_ENCODERS, PacketEncoder, load_packet_encoder
from pclip.models.pooling import POOLINGS, length_mask, normalise, pool
from pclip.models.student import Student, init_student
from pclip.models.student_config import StudentConfig, student_macs, student_parameters
from pclip.models.student_folder import read_student, write_student
from pclip.models.student_int8 import Int8Student, quantise
from pclip.models.temporal import PAPER_SIZE, TemporalSizes, TemporalTransformer
from pclip.models.text_encoder import TEXT_ENCODERS, TextEncoder, load_text_encoder

__all__ = [
    "DENOMINATORS",
    "DIRECTIONS",
    "HEAD_KINDS",
    "IMPLEMENTATIONS",
    "MLP",
    "PACKET_ENCODERS",
    "PAPER_SIZE",
    "POOLINGS",
    "POSITIVES",
    "PROPAGATIONS",
    "TEXT_ENCODERS",
    "Detector",
    "DetectorMacs",
    "Encoder",
    "EncoderCard",
    "EncoderConfig",
    "EncoderParameters",
    "HierarchicalGNN",
    "Int8Student",
    "MissionGraph",
    "PacketClassifier",
    "PacketEncoder",
    "Standardiser",
    "Student",
    "StudentConfig",
    "TemporalSizes",
    "TemporalTransformer",
    "TextEncoder",
    "class_weights",
    "count_parameters",
    "decaying_threshold",
    "detection_loss",
    "detector_macs",
    "duplicate_rate",
    "encoder_macs",
    "encoder_parameters",
    "fit_standardiser",
    "fixed_map",
    "info_nce",
    "init_classifier",
    "init_heads",
    "init_student",
    "length_mask",
    "load_encoder",
    "load_packet_encoder",
    "load_text_encoder",
    "normalise",
    "pool",
    "project_packets",
    "project_texts",
    "quantise",
    "read_encoder",
    "read_student",
    "save_encoder",
    "standardise",
    "student_macs",
    "student_parameters",
    "temperature_of",
    "transformer_macs",
    "verdict",
    "write_encoder",
    "write_student",
]
