"""The encoder folder of a pre-training run: weights, and a model card made from the run's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from pclip.models.encoder_card import EncoderCard
from pclip.models.encoder_config import EncoderConfig
from pclip.models.encoder_folder import write_encoder
from pclip.models.packet_encoder import packet_encoder_config
from pclip.models.parameters import Params

LICENCE = "Apache-2.0"
ARCHIVE_LICENCES = {
    "zeek": "test traces of Zeek, BSD-3-Clause",
    "pcapplusplus": "test captures of PcapPlusPlus, Unlicense",
    "scan-ng": "captures of the scan-NG Zeek package, BSD",
}
"""What the archives are, and their terms; no byte of them is in the weights' folder."""
UNKNOWN_LICENCE = "an archive of the user's own"


def write_pretrained(
    folder: Path,
    params: Params,
    encoder: EncoderConfig,
    config: ConfigDict,
    results: Mapping[str, Any],
    curve: Sequence[tuple[int, float]],
    seconds: float,
) -> None:
    """Write the encoder of a finished run, as float16.

    Args:
        folder: a name that is free.
        params: the encoder's.
        encoder: its sizes.
        config: the run's config.
        results: the run's results.json.
        curve: (step, cross entropy of masked bigrams on held-out packets).
        seconds: that the run took.

    Raises:
        PclipError: the name is taken or cannot be written.
    """
    archives = ", ".join(config.data.archives)
    source = " and ".join(
        part
        for part in (archives, config.data.dataset and f"{config.data.dataset} (training part)")
        if part
    )
    # How much is dropped is a choice of whoever trains it next, not of what was trained.
    usual = packet_encoder_config(config.encoder.size)
    card = EncoderCard(
        "packet",
        replace(encoder, dropout=usual.dropout),
        "arithmetic",
        "mean",
        f"pre-trained by experiments.pretrain, config {config.name}, on {source}",
        LICENCE,
        f"pre-trained on {source}, {config.steps:,} steps",
    )
    text = model_card(config, results, curve, seconds)
    write_encoder(folder, params, card, storage="float16", model_card=text)


def model_card(
    config: ConfigDict,
    results: Mapping[str, Any],
    curve: Sequence[tuple[int, float]],
    seconds: float,
) -> str:
    """Data, recipe, learning curve and limits, in Markdown."""
    train = results["data"]["train"]
    held_out = results["held_out"]
    sources = [
        f"- {source['name']} ({ARCHIVE_LICENCES.get(source['name'], _other(source, config))}): "
        f"{source['packets']:,} packets of {source['files']:,} captures; "
        f"{source['held_out_packets']:,} packets held out."
        for source in results["sources"]
    ]
    task = config.task
    return "\n".join(
        [
            "## Data",
            "",
            *sources,
            "",
            f"Byte policy `{config.packet.bytes}`: no addresses, ports, counters or checksums. "
            f"{train['distinct_packets']:,} distinct packets ({train['tokens']:,} tokens) and "
            f"{train['pairs']:,} pairs of packets of one burst; no labels.",
            "",
            "## Training",
            "",
            f"Masked bigrams ({task.mask_share:.0%} in spans of {task.mask_span}, sampled softmax "
            f"over {task.negatives:,} words) and same-origin prediction of packets "
            f"({task.pair_share:.0%} of the batches); {config.steps:,} steps of "
            f"{task.tokens_per_batch:,} token places, AdamW, rate {config.learning_rate:g}, "
            f"seed {config.seed}; {seconds / 3600:.1f} hours.",
            "",
            "| step | cross entropy of a masked bigram, held-out packets (nats) |",
            "|---|---|",
            *(f"| {step:,} | {value:.3f} |" for step, value in curve),
            "",
            f"At the end {held_out['held_out_bigrams_right']:.1%} of the masked bigrams of "
            f"held-out packets and {held_out['held_out_origin_right']:.1%} of held-out pairs are "
            "told right (guessing: 0.0 % and 50 %).",
            "",
            "## Limits",
            "",
            "- Small: one pass or two over little traffic, most of it tests of protocol parsers.",
            "- It has seen the training part of the built-in recording's split `round`, without "
            "labels. On the splits `random`, `flow` and `tool` that includes packets of the test "
            "part.",
            "- scan-ng is horizontal port scans, and Port Scan is a class of the built-in "
            "recording.",
            "- What it is worth beside random weights and simple features: RESULTS.md.",
        ]
    )


def _other(source: Mapping[str, Any], config: ConfigDict) -> str:
    own = config.data.dataset and source["name"].startswith(config.data.dataset)
    return f"pclip's recording, {LICENCE}" if own else UNKNOWN_LICENCE
