"""What the commands print: tables for people, JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pclip.models.cost import encoder_parameters
from pclip.models.packet_encoder import PacketEncoder
from pclip.models.text_encoder import TextEncoder
from pclip.serving.answers import TextShare, ZeroShotAnswer
from pclip.serving.detections import Detections, FlowVerdict
from pclip.serving.manifest import Manifest

FLOW_HEADER = (
    "time", "src", "sport", "dst", "dport", "protocol", "packets", "flagged", "verdict", "attack",
)  # fmt: skip
SHARE_HEADER = ("text", "packets", "share", "mean cosine", "mean probability")

_NUMBER = re.compile(r"-?[0-9,]*(\.[0-9]+)?%?")

Row = tuple[str, ...]


def flow_table_rows(flows: Sequence[FlowVerdict], captures: bool) -> tuple[Row, list[Row]]:
    """Header and rows of a table of flows.

    Args:
        flows: in the order of the rows.
        captures: whether a first column says which capture a flow is in.
    """
    if not captures:
        return FLOW_HEADER, [flow_row(flow) for flow in flows]
    return ("capture", *FLOW_HEADER), [(flow.capture, *flow_row(flow)) for flow in flows]


def flow_row(flow: FlowVerdict) -> Row:
    """The cells of one flow under `FLOW_HEADER`."""
    ports = ("-" if port is None else str(port) for port in (flow.sport, flow.dport))
    sport, dport = ports
    return (
        flow.time,
        flow.src,
        sport,
        flow.dst,
        dport,
        flow.protocol,
        f"{flow.packets:,}",
        f"{flow.flagged_packets:,}",
        flow.verdict,
        f"{flow.attack_probability:.3f}",
    )


def share_row(share: TextShare) -> Row:
    """The cells of one text under `SHARE_HEADER`."""
    return (
        share.text,
        f"{share.packets:,}",
        f"{share.share:.1%}",
        f"{share.mean_cosine:.3f}",
        f"{share.mean_probability:.3f}",
    )


def aligned(header: Row, rows: Sequence[Row]) -> list[str]:
    """Lines of columns two blanks apart; a column of numbers is aligned to the right."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [is_numeric(column[1:]) for column in columns]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in (header, *rows)
    ]


def is_numeric(cells: Iterable[str]) -> bool:
    """Whether all cells are numbers, shares or dashes."""
    return all(_NUMBER.fullmatch(cell) for cell in cells)


def likeliest(flows: Sequence[FlowVerdict], most: int) -> list[FlowVerdict]:
    """The `most` flows likeliest to be attacks (0: all), in the order given."""
    if not most or len(flows) <= most:
        return list(flows)
    by_attack = sorted(range(len(flows)), key=lambda i: -flows[i].attack_probability)
    return [flows[i] for i in sorted(by_attack[:most])]


def json_lines(rows: Iterable[FlowVerdict | TextShare], model: str, note: str) -> list[str]:
    """One JSON object a row: all its fields, the model's name and the note on its weights."""
    about = {"model": model, "note": note}
    return [json.dumps(dataclasses.asdict(row) | about) for row in rows]


def detection_counts(found: Detections, flows: Sequence[FlowVerdict], threshold: float) -> str:
    """One line: packets read, used and skipped by reason, windows, what was flagged."""
    flagged = [flow for flow in flows if flow.flagged]
    packets = sum(flow.flagged_packets for flow in flagged)
    used = len(found.packets)
    return (
        f"read {found.read:,} packets, used {used:,}, skipped {_skips(found.skipped)}; "
        f"{used:,} windows of up to {found.window} packets; flagged {len(flagged):,} of "
        f"{len(flows):,} flows ({packets:,} packets) at threshold {threshold:g}"
    )


def answer_counts(answer: ZeroShotAnswer) -> str:
    """One line: how many packets were compared with how many texts."""
    texts = len(answer.texts)
    return (
        f"{len(answer.packets):,} packets, each with the nearest of {texts} "
        f"{'text' if texts == 1 else 'texts'}"
    )


def model_line(model: str, note: str) -> str:
    """One line that stands under every result: which model, and what its weights are."""
    return f"model {model}, packet encoder: {note}"


def manifest_lines(manifest: Manifest, numbers: int) -> list[str]:
    """What a model is, line by line.

    Args:
        manifest: the model's.
        numbers: float32 numbers of its weights.
    """
    packets, texts, heads = manifest.packet_encoder, manifest.text_encoder, manifest.heads
    detector, temporal, origin = manifest.detector, manifest.detector.temporal, manifest.origin
    measured = ", ".join(f"{name} {value:.3f}" for name, value in origin.measured.items())
    missions = ", ".join(f"{m.title} ({len(m.concepts)} concepts)" for m in manifest.missions)
    rows = {
        "note": f"packet encoder: {packets.note}",
        "packet encoder": f"{packets.name}, width {packets.width}, bytes {packets.bytes}, "
        f"sha256 {packets.sha256}",
        "text encoder": f"{texts.name}, width {texts.width}, {texts.note}, sha256 {texts.sha256}",
        "heads": f"{heads.kind}, joint space {heads.width} wide, temperature "
        f"{heads.temperature:.4g}",
        "missions": missions,
        "detector": f"D {detector.dim}, propagate {detector.propagate}, readout "
        f"{detector.readout}, window {detector.window}; temporal {temporal.layers} x "
        f"{temporal.width}, {temporal.heads} heads, ff {temporal.ff}",
        "tells apart": ", ".join(manifest.groups),
        "classes": ", ".join(manifest.classes),
        "trained on": f"{origin.dataset}, split {origin.split}, seed {origin.seed}, config "
        f"{origin.config}, commit {origin.commit}",
        "measured": f"{measured or 'nothing'} (test part of that split)",
        "weights": f"{numbers:,} numbers (float32), sha256 {manifest.weights_sha256}",
    }
    return [
        manifest.name,
        *_aligned_rows(rows),
        "limits",
        *(f"  - {sentence}" for sentence in manifest.limits),
    ]


def encoder_lines(encoder: PacketEncoder | TextEncoder) -> list[str]:
    """What an encoder is, line by line."""
    config, origin = encoder.config, encoder.provenance
    counts = encoder_parameters(config)
    if isinstance(encoder, TextEncoder):
        reads = "texts, by its tokenizer"
    elif encoder.words:
        reads = f"packets, as word pieces of a vocabulary of {len(encoder.words):,}"
    else:
        reads = f"packets, as {config.vocab_size:,} arithmetic ids"
    factor = f", word table of rank {config.word_rank}" if config.word_rank else ""
    rows = {
        "note": encoder.note,
        "reads": reads,
        "sizes": f"{config.layers} layers x {config.width}, {config.heads} heads, ff {config.ff}, "
        f"at most {config.max_length} tokens{factor}",
        "parameters": f"{counts.total:,} ({counts.encoder:,} without embeddings)",
        "pooling": encoder.pooling,
        "sha256": encoder.sha256,
        "source": origin.source + (f", sha256 {s}" if (s := origin.source_sha256) else ""),
        "licence": origin.licence,
    }
    return [encoder.name, *_aligned_rows(rows)]


def _aligned_rows(rows: Mapping[str, str]) -> list[str]:
    width = max(map(len, rows))
    return [f"  {name.ljust(width)}  {value}" for name, value in rows.items()]


def _skips(skipped: Mapping[str, int]) -> str:
    if not skipped:
        return "0"
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items())
    return f"{sum(skipped.values()):,} ({reasons})"
