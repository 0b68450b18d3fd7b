"""ACI-IoT-2023, the paper's dataset, which users bring: read, labelled, prepared and loaded.

In: a folder of what IEEE DataPort gives (captures, flow CSV, payload CSV). Out: ArrayRecord files
by a TensorFlow Datasets builder that needs no TensorFlow, and from them a `Dataset`. TFDS is
imported by `builder.py` alone and Beam by `beam.py` alone: neither is needed to import this.
"""

from __future__ import annotations

from pclip.data.aci_iot.flow_features import FlowFeatures, load_flow_features
from pclip.data.aci_iot.options import MODES, AciOptions
from pclip.data.aci_iot.prepare import Prepared, prepare

__all__ = [
    "MODES",
    "AciOptions",
    "FlowFeatures",
    "Prepared",
    "load_flow_features",
    "prepare",
]
