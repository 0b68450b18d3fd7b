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
from pclip.models.packet_encoder import PacketEncoder, packet_encoder_config
from pclip.models.parameters import Params

LICENCE = "Apache-2.0"
ARCHIVE_LICENCES = {
    "zeek": "test traces of Zeek, BSD-3-Clause",
    "pcapplusplus": "test captures of PcapPlusPlus, Unlicense",
    "scan-ng": "captures of the scan-NG Zeek package, BSD",
}
"""What the archives are, and their terms; no byte of them is in the weights' folder."""
TELLERS = {
    "encoder": "this encoder with its head",
    "neighbours": "counts, and the bytes that the neighbours show",
    "frequency": "counts alone",
}
"""Entry of results.json's `held_out` -> what it is, in words."""
UNKNOWN_LICENCE = "an archive of the user's own"


def write_pretrained(
    folder: Path,
    params: Params,
    encoder: EncoderConfig,
    config: ConfigDict,
    results: Mapping[str, Any],
    curve: Sequence[tuple[int, float]],
    seconds: float,
    start: PacketEncoder | None,
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
        start: the encoder that it went on from.

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
    licence = LICENCE
    if start is not None:
        source += f", going on from {start.name} ({start.note}, sha256 {start.sha256})"
        licence += f"; of {start.name}: {start.provenance.licence}"
    card = EncoderCard(
        "packet",
        replace(encoder, dropout=usual.dropout),
        "arithmetic",
        "mean",
        f"pre-trained by experiments.pretrain, config {config.name}, on {source}",
        licence,
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
            "At the end, on more of them, and beside what counting the training packets tells:",
            "",
            "| masked bigrams of held-out packets | cross entropy (nats) | told right |",
            "|---|---|---|",
            *(_told(words, held_out[name]["bigrams"]) for name, words in TELLERS.items()),
            "",
            *_origin(held_out),
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


def _told(words: str, score: Mapping[str, float]) -> str:
    return (
        f"| {words} | {score['loss']:.2f} ± {score['error']:.2f} (standard error) | "
        f"{score['right']:.0%} |"
    )


def _origin(held_out: Mapping[str, Any]) -> list[str]:
    if "origin" not in held_out["encoder"]:
        return []
    right = held_out["encoder"]["origin"]["right"]
    return [f"Of {held_out['pairs']:,} held-out pairs {right:.0%} are told right (guessing: 50 %)."]


def _other(source: Mapping[str, Any], config: ConfigDict) -> str:
    own = config.data.dataset and source["name"].startswith(config.data.dataset)
    return f"pclip's recording, {LICENCE}" if own else UNKNOWN_LICENCE
