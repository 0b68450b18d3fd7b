"""The page of the encoding benchmark."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import jax

from benchmarks.encode_forward import FUSED, OURS, UER, Batch
from benchmarks.encode_pipeline import TOKENS, Ceiling, Shapes, Whole
from benchmarks.machine import machine, table, today
from benchmarks.timing import rounded
from pclip.embedding.encode import TOKENS_PER_BATCH

RATIO = 1.10
SHARE = 0.90
APART = 1e-4
STUDENT_RATE = 12_000
STUDENT_FORMS = {
    "float32": "float32",
    "int8": "int8",
    "int8_in_float32": "int8, products in float32 (the same bits)",
}
MS = 1e3


def write(found: dict[str, Any]) -> str:
    """Markdown of all measurements, as `benchmarks.encode.measure` gives them."""
    forward: list[Batch] = found["forward"]
    page = [
        "# Encoding",
        "",
        "Made by `python -m benchmarks.encode`; change that, not this page.",
        "",
        f"{machine()}, jax {jax.__version__}"
        + (f", torch {metadata.version('torch')}" if forward else "")
        + f"; computing on {jax.device_count()} {jax.devices()[0].platform} device(s). {today()}.",
        "",
        "In turns, one repetition of each contestant after the other, medians, float32, all cores.",
        "",
        "## Targets",
        "",
        table(["what", "target", "measured", ""], _targets(found)),
        "",
        "## One forward pass",
        "",
        *_forward(forward, found["missing"]),
        "",
        "## A capture",
        "",
        f"`{found['encoder']}` on the built-in recording. The plain loop sends every packet "
        f"through the encoder, padded to {TOKENS} tokens. The pipeline encodes each distinct input "
        "once, padded to the next of a few lengths. Both have the same compiled function and "
        f"{TOKENS_PER_BATCH:,} tokens a batch.",
        "",
        "The ceiling is what there is to gain: packets per distinct input, times multiply-"
        f"accumulates of {TOKENS} tokens per those of the inputs' own tokens (mean, without any "
        "padding). It is a count, not a limit of nature: where short batches suit a processor "
        "better than long ones, more than the whole of it can be had.",
        "",
        table(
            ["bytes", "packets", "distinct", "gain by distinct", "gain by tokens", "ceiling"],
            [_ceiling(policy, top) for policy, top, _ in found["captures"]],
        ),
        "",
        "The pipeline runs whole, once: it finds the distinct inputs, encodes them, writes its "
        "cache to disk, reads it, and gives each packet its vector. The loop would take too long: "
        "some of its batches (drawn by a seed) are timed before the pipeline and after it, and "
        "their median is multiplied by their number:",
        "",
        table(
            ["bytes", "plain loop, s", "pipeline, s", "packets/s", "gain", "of the ceiling"],
            [_shapes(*row) for row in found["captures"]],
        ),
        "",
        *[
            line
            for policy, _, shapes in found["captures"]
            for line in (f"Batches of the pipeline under `{policy}`:", "", _batches(shapes), "")
        ],
        "One small capture by both, whole, for the difference of the vectors. It fills the last "
        "batch of each length badly, and its own ceiling is another:",
        "",
        table(
            ["bytes", "packets", "ceiling", "loop, s", "pipeline, s", "gain", "vectors differ by"],
            [_whole(policy, top, result) for policy, top, result in found["whole"]],
        ),
        "",
        "## The student",
        "",
        f"Default sizes, random weights (which are as fast), {found['student']['packets']:,} "
        "distinct packets of the built-in recording, from tokens to vectors, in a process that has "
        "one core. By the clock, and by the time that the process got:",
        "",
        table(
            ["student", "packets/s", "packets/s of its own time"],
            [
                [words, *(f"{found['student'][form][clock]:,}" for clock in ("wall", "cpu"))]
                for form, words in STUDENT_FORMS.items()
            ],
        ),
        "",
    ]
    return "\n".join(page)


def _targets(found: dict[str, Any]) -> list[list[str]]:
    rows = []
    for batch in found["forward"]:
        for name in (UER, FUSED):
            ratio, words = _ratio(batch, name), f"base size, {batch.rows} x {batch.length}, time"
            measured = f"{ratio:.2f} x"
            rows.append([words, f"<= {RATIO:.2f} x {name}", measured, _met(ratio <= RATIO)])
    for policy, top, shapes in found["captures"]:
        share = shapes.gain / top.gain
        rows.append(
            [
                f"gain over the plain loop, `{policy}`",
                f">= {SHARE:.0%} of {top.gain:.2f}",
                f"{share:.0%}",
                _met(share >= SHARE),
            ]
        )
    for policy, _, result in found["whole"]:
        words = f"vectors of loop and pipeline, `{policy}`"
        rows.append([words, f"<= {APART:g}", f"{result.apart:.1e}", _met(result.apart <= APART)])
    for form, words in STUDENT_FORMS.items():
        rate = found["student"][form]["wall"]
        what, target = f"student, {words}, one core", f">= {STUDENT_RATE:,} packets/s"
        rows.append([what, target, f"{rate:,}", _met(rate >= STUDENT_RATE)])
    return rows


def _met(reached: bool) -> str:
    return "met" if reached else "missed"


def _ratio(batch: Batch, name: str) -> float:
    """Our time over that of another contestant."""
    seconds = {c.name: statistics.median(c.seconds) for c in batch.contestants}
    return seconds[OURS] / seconds[name]


def _forward(batches: Sequence[Batch], missing: Sequence[str]) -> list[str]:
    if not batches:
        return [f"Not measured: {line}." for line in missing]
    rows = [
        [
            f"{batch.rows} x {batch.length}",
            contestant.name,
            f"{statistics.median(contestant.seconds) * MS:,.0f}",
            f"{min(contestant.seconds) * MS:,.0f} to {max(contestant.seconds) * MS:,.0f}",
            f"{contestant.rate:.1f}",
            "-" if contestant.name == OURS else f"{_ratio(batch, contestant.name):.2f}",
            "-" if contestant.name == OURS else f"{batch.apart[contestant.name]:.1e}",
        ]
        for batch in batches
        for contestant in batch.contestants
    ]
    return [
        "12 layers of 768, random weights made by PyTorch and read from a checkpoint in UER-py's "
        "form. Every hidden vector of the last layer is computed. PyTorch runs in inference mode, "
        "once as UER-py writes attention and once by its fused kernel.",
        "",
        table(
            ["batch", "who", "ms", "fastest to slowest", "packets/s", "our time / its", "differs"],
            rows,
        ),
    ]


def _ceiling(policy: str, top: Ceiling) -> list[str]:
    counts = f"{top.packets:,}", f"{top.distinct:,}"
    return [policy, *counts, f"{top.by_distinct:.2f}", f"{top.by_tokens:.2f}", f"{top.gain:.2f}"]


def _shapes(policy: str, top: Ceiling, shapes: Shapes) -> list[str]:
    return [
        policy,
        f"{shapes.loop_s:,.0f}",
        f"{shapes.pipeline_s:,.0f}",
        f"{rounded(top.packets / shapes.pipeline_s)} against "
        f"{rounded(top.packets / shapes.loop_s)}",
        f"{shapes.gain:.2f}",
        f"{shapes.gain / top.gain:.0%}",
    ]


def _batches(shapes: Shapes) -> str:
    rows = [
        [
            str(length),
            str(max(1, TOKENS_PER_BATCH // length)),
            f"{shapes.batches[length]:,}",
            f"{seconds * MS:.0f}",
            rounded(max(1, TOKENS_PER_BATCH // length) / seconds),
        ]
        for length, seconds in shapes.seconds.items()
    ]
    return table(["padded to", "rows", "batches", "ms a batch", "rows/s"], rows)


def _whole(policy: str, top: Ceiling, result: Whole) -> list[str]:
    return [
        policy,
        f"{top.packets:,}",
        f"{top.gain:.2f}",
        f"{result.loop_s:.1f}",
        f"{result.pipeline_s:.1f}",
        f"{result.gain:.2f}",
        f"{result.apart:.1e}",
    ]
