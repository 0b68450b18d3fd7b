"""A distillation run for readers: teacher, student and int8 side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pclip.report import fields
from pclip.report.markdown import code, escape, table
from pclip.report.tables import Table

FILE = "results.json"
NAMES = {
    "teacher": "teacher",
    "student": "student, float32",
    "int8": "student, int8",
    "student_in_teachers_place": "student, float32, in the teacher's place",
    "int8_in_teachers_place": "student, int8, in the teacher's place",
}
COLUMNS = (
    "packet encoder",
    "parameters",
    "kB",
    "MFLOP a packet",
    "macro top-1",
    "points lost",
    "mAUC",
    "points lost",
)
MEGA, KILO = 1e6, 1e3
SCORES = ("macro_top1", "mauc")


def distillation_table(results: Mapping[str, Any]) -> str:
    """Size, cost and scores of each encoder, a table for each split, Markdown.

    Raises:
        PclipError: `results` is not a distillation's results.json.
    """
    splits = fields.mapping(results.get("splits"), f"{FILE}: splits")
    return "\n\n".join(_split(name, found, results) for name, found in splits.items())


def distillation_section(folder: Path, command: str) -> str:
    """The run as a section of RESULTS.md.

    Args:
        folder: of the run's files.
        command: what made them.

    Raises:
        PclipError: results.json is not what it must be.
    """
    results = fields.mapping(fields.read_json(Path(folder) / FILE), FILE)
    encoders = fields.mapping(results.get("encoders"), f"{FILE}: encoders")
    teacher = fields.mapping(encoders.get("packet"), f"{FILE}: encoders.packet")
    name, note = (
        fields.text(teacher.get(key), f"{FILE}: encoders.packet.{key}") for key in ("name", "note")
    )
    reductions = fields.texts(results.get("reductions"), f"{FILE}: reductions")
    return "\n\n".join(
        [
            "## The router encoder",
            f"Command: {code(command)}",
            f"A student distilled from {escape(name)} ({escape(note)}) on the training part, "
            "without labels. Heads and detector are trained on each encoder's own vectors; "
            '"in the teacher\'s place" are those of the teacher, not trained again. Points are '
            "lost against the teacher, negative where the student is better. Agreement is on "
            "validation inputs that training does not have.",
            *([f"Reductions: {escape('; '.join(reductions))}."] if reductions else []),
            distillation_table(results),
        ]
    )


def _split(split: str, found: Any, results: Mapping[str, Any]) -> str:
    where = f"{FILE}: splits.{split}"
    content = fields.mapping(found, where)
    scores = fields.mapping(content.get("scores"), f"{where}.scores")
    rows = [
        (words, *_size(name.split("_")[0], content, results, where), *_row(scores[name], where))
        for name, words in NAMES.items()
        if name in scores
    ]
    size = fields.mapping(content.get("bytes"), f"{where}.bytes")
    other = fields.count(size.get("heads_and_detector"), f"{where}.bytes.heads_and_detector")
    both = ", ".join(
        f"with {NAMES[form]} {(other + fields.count(size.get(form), where)) / MEGA:.2f} MB"
        for form in ("student", "int8")
    )
    near = fields.mapping(content.get("agreement"), f"{where}.agreement")
    agreed = "; ".join(
        f"{NAMES[form]}: "
        + ", ".join(
            f"{words} {fields.score(own.get(key), f'{where}.agreement.{form}.{key}').mean:.3f}"
            for key, words in (("cosine", "cosine"), ("r2", "R²"))
        )
        for form in ("student", "int8")
        for own in [fields.mapping(near.get(form), f"{where}.agreement.{form}")]
    )
    seeds = len(fields.sequence(content.get("seeds"), f"{where}.seeds"))
    return "\n\n".join(
        [
            f"Split {code(split)}, {seeds} {'seed' if seeds == 1 else 'seeds'}:",
            table(Table("", COLUMNS, tuple(rows))),
            f"Heads and detector take {other / MEGA:.2f} MB; {both}. Agreement with the teacher "
            f"on validation inputs, standardised: {agreed}.",
        ]
    )


def _size(form: str, content: Mapping[str, Any], results: Mapping[str, Any], where: str) -> Any:
    parameters, size = (
        fields.count(fields.mapping(content.get(key), where).get(form), f"{where}.{key}.{form}")
        for key in ("parameters", "bytes")
    )
    cost = fields.mapping(results.get("cost"), f"{FILE}: cost")
    # In int8 the student has as many products as before.
    own = fields.mapping(cost.get("teacher" if form == "teacher" else "student"), f"{FILE}: cost")
    flops = fields.count(own.get("flops"), f"{FILE}: cost.flops")
    return f"{parameters:,}", f"{size / KILO:,.0f}", f"{flops / MEGA:,.2f}"


def _row(own: Any, where: str) -> list[str]:
    values = fields.mapping(own, where)
    cells = []
    for key in SCORES:
        score = fields.score(values.get(key), f"{where}.{key}")
        cells.append(f"{score.mean:.3f}" + (f" ± {score.std:.3f}" if score.std is not None else ""))
        lost = values.get(f"{key}_points_lost")
        cells.append("" if lost is None else f"{fields.score(lost, f'{where}.{key}').mean:+.1f}")
    return cells
