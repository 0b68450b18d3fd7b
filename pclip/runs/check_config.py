"""What a config may ask for, checked before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
from ml_collections import ConfigDict

from pclip.data import SPLITS, check_dataset
from pclip.errors import PclipError
from pclip.missions import READOUTS
from pclip.models.graph_plan import PROPAGATIONS
from pclip.models.heads import HEAD_KINDS
from pclip.models.hierarchical_gnn import IMPLEMENTATIONS
from pclip.models.infonce import DENOMINATORS, DIRECTIONS, POSITIVES
from pclip.models.packet_encoder import PACKET_ENCODERS_EXPECTED, is_packet_encoder
from pclip.models.text_encoder import TEXT_ENCODERS, is_text_encoder
from pclip.packets import BYTE_POLICIES
from pclip.runs.inputs import BANKS, caption_bank
from pclip.runs.mission_graphs import GRAPHS, written_graphs
from pclip.runs.reasoning_unit import DETECTORS, SINGLE_PACKET
from pclip.text import POLICIES
from pclip.training.sampling import MODES

SYSTEMS = (*DETECTORS, *SINGLE_PACKET, "et_bert_finetuned")
BEST_BASELINE = "best_baseline"
MOST_TOKENS = 512
CONTROLS = (
    "majority",
    "shuffled_labels",
    "random_forest_bytes",
    "logistic_regression",
    "logistic_window",
    "overlap",
    "context_majority",
)
# Field -> what it, or each entry of its list, may be.
CHOICES: dict[str, Sequence[str]] = {
    "packet.bytes": BYTE_POLICIES,
    "captions.policy": POLICIES,
    "alignment.heads": HEAD_KINDS,
    "alignment.infonce": DIRECTIONS,
    "alignment.denominator": DENOMINATORS,
    "alignment.positives": POSITIVES,
    "alignment.sampling": MODES,
    "detector.heads": HEAD_KINDS,
    "detector.propagate": PROPAGATIONS,
    "detector.readout": READOUTS,
    "detector.impl": IMPLEMENTATIONS,
    "detector.sampling": MODES,
    "reasoning": SYSTEMS,
    "scarcity.splits": SPLITS,
    "scarcity.systems": (*SYSTEMS, BEST_BASELINE),
    "controls": CONTROLS,
}
POSITIVE = (
    *(f"{part}.steps" for part in ("alignment", "detector", "dense", "fine_tuning")),
    *(f"{part}.batch_size" for part in ("alignment", "detector", "dense", "fine_tuning")),
    *(f"{part}.save_every" for part in ("alignment", "detector", "fine_tuning")),
    "packet.tokens",
    "alignment.temperature",
    "alignment.learning_rate",
    "detector.learning_rate",
    "dense.learning_rate",
    "fine_tuning.learning_rate",
    "detector.window",
    "detector.dim",
    *(f"detector.temporal.{size}" for size in ("width", "layers", "heads", "ff")),
    "fine_tuning.tokens",
    "trees.rounds",
    "captions.most",
)
NOT_NEGATIVE = (
    *(f"seeds.{split}" for split in SPLITS),
    "most_packets_per_class",
    "captions.seed",
    "missions.seed",
    "alignment.evaluate_every",
    "detector.evaluate_every",
    "detector.benign_weight",
    "detector.smoothing",
)


def check_config(config: ConfigDict) -> None:
    """Refuse a config that no experiment can follow, before it has cost an hour.

    Raises:
        PclipError: a value that does not exist or makes no sense, with those that do.
    """
    for field, known in CHOICES.items():
        value = _value(config, field)
        for entry in [value] if isinstance(value, str) else value:
            if entry not in known:
                refuse(field, entry, f"expected one of {', '.join(known)}")
    try:
        check_dataset(config.dataset)
    except PclipError as error:
        refuse("dataset", config.dataset, str(error))
    if config.captions.policy == "label_free" and config.captions.concepts:
        refuse("captions.concepts", True, "concepts come from the label, which label_free omits")
    try:
        caption_bank(config)
    except PclipError as error:
        refuse(
            "captions.paraphrases",
            config.captions.paraphrases,
            f"{error}; expected {', '.join(BANKS)} or a bank that experiments.describe wrote",
        )
    for field in ("packet.encoder", "fine_tuning.encoder"):
        if not is_packet_encoder(_value(config, field)):
            refuse(
                field,
                _value(config, field),
                f"expected {PACKET_ENCODERS_EXPECTED}",
            )
    text = config.text.encoder
    if not is_text_encoder(text):
        refuse(
            "text.encoder",
            text,
            f"expected {', '.join(TEXT_ENCODERS)}, the folder of a BERT or RoBERTa model, or a "
            "name of the Hugging Face hub",
        )
    try:
        written_graphs(config)
    except PclipError as error:
        refuse(
            "missions.graphs",
            config.missions.graphs,
            f"{error}; expected {', '.join(GRAPHS)}, a folder or files joined by +, or a change "
            "of these such as shuffled:FOLDER",
        )
    for field in POSITIVE:
        if not _value(config, field) > 0:
            refuse(field, _value(config, field), "expected a number above 0")
    for field in NOT_NEGATIVE:
        if _value(config, field) < 0:
            refuse(field, _value(config, field), "expected 0 or more")
    temporal = config.detector.temporal
    if temporal.width % temporal.heads:
        refuse("detector.temporal.width", temporal.width, f"{temporal.heads} heads must divide it")
    if config.packet.tokens > MOST_TOKENS:
        refuse("packet.tokens", config.packet.tokens, f"encoders have {MOST_TOKENS} positions")
    devices = jax.device_count()
    for part in ("alignment", "detector", "dense", "fine_tuning"):
        size = config[part].batch_size
        if size % devices:
            refuse(f"{part}.batch_size", size, f"expected a multiple of the {devices} devices")
    for split in config.scarcity.splits if config.scarcity.fractions else ():
        if not config.seeds[split]:
            refuse("scarcity.splits", split, f"config.seeds.{split} is 0")
    if not any(config.seeds[split] > 0 for split in SPLITS):
        refuse("seeds", config.seeds.to_dict(), "expected at least one seed for some split")
    for share in config.scarcity.fractions:
        if not 0 < share <= 1:
            refuse("scarcity.fractions", share, "expected fractions in (0, 1]")
    needs_baseline = config.scarcity.fractions and BEST_BASELINE in config.scarcity.systems
    if needs_baseline and not set(SINGLE_PACKET) & set(config.reasoning):
        refuse(
            "scarcity.systems",
            BEST_BASELINE,
            f"choosing it needs one of {', '.join(SINGLE_PACKET)} in reasoning",
        )


def _value(config: ConfigDict, field: str) -> Any:
    for name in field.split("."):
        config = config[name]
    return config


def refuse(field: str, found: Any, expected: str) -> None:
    """Raise the `PclipError` for a field of the config."""
    raise PclipError(f"config.{field} is {found!r}: {expected}; set --config.{field}=...")
