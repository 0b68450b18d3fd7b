"""Serving: a trained model on somebody's capture.

In: a model folder (`weights.safetensors` and `manifest.json`) or an encoder, and a capture, as a
path or as a `PacketTable`. Out: packet vectors, of an encoder or in the joint space, answers to
texts, verdicts on packets and flows, and the lines that the commands print. Called by users of
`import pclip`, by the commands and by experiments.ship; no other room calls it.
"""

from pclip.serving.answers import TextShare, ZeroShotAnswer
from pclip.serving.artefact import Artefact, load_artefact, save_artefact
from pclip.serving.by_name import detect, load, load_model, zero_shot
from pclip.serving.detections import Detections, FlowVerdict
from pclip.serving.encoder_verbs import EncodedPackets, encode_packets, encode_texts
from pclip.serving.manifest import Manifest
from pclip.serving.model import PclipModel

__all__ = [
    "Artefact",
    "Detections",
    "EncodedPackets",
    "FlowVerdict",
    "Manifest",
    "PclipModel",
    "TextShare",
    "ZeroShotAnswer",
    "detect",
    "encode_packets",
    "encode_texts",
    "load",
    "load_artefact",
    "load_model",
    "save_artefact",
    "zero_shot",
]
