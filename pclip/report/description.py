"""description.json for readers: tables, samples of the prompt, the figure of words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pclip.files import write_atomic
from pclip.report import fields
from pclip.report.figures.style import save
from pclip.report.figures.words import draw_words
from pclip.report.markdown import escape, table
from pclip.report.plots import MissionGraph, MissionWords, parse_missions, parse_words
from pclip.report.tables import Table

FILE = "description.json"
PAGE = "description.md"
_MEASURES = ("distinct_share", "distinct_1", "distinct_2", "entropy_1", "entropy_2")


@dataclass(frozen=True)
class Template:
    """A template, its prompt, and what became of the answer."""

    template: str
    prompt: str
    accepted: int
    rejected: Mapping[str, int]
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Captions:
    """Captions of one style: how many, how varied, and one of them."""

    style: str
    captions: int
    measures: tuple[float, ...]
    example: str


@dataclass(frozen=True)
class Description:
    """Content of a description.json."""

    dataset: str
    models: tuple[str, ...]
    usage: str
    by_rule: Mapping[str, int]
    templates: tuple[Template, ...]
    captions: tuple[Captions, ...]
    missions: tuple[MissionGraph, ...]
    words: tuple[MissionWords, ...]


def parse_description(content: object) -> Description:
    """Check the content of a description.json.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    root = fields.mapping(content, FILE)
    at = f"{FILE}: "
    templates = fields.sequence(root.get("templates"), f"{at}templates")
    captions = fields.sequence(root.get("captions"), f"{at}captions")
    return Description(
        dataset=fields.text(root.get("dataset"), f"{at}dataset"),
        models=fields.texts(root.get("models"), f"{at}models"),
        usage=fields.text(root.get("usage", ""), f"{at}usage"),
        by_rule=_counts(root.get("by_rule"), f"{at}by_rule"),
        templates=tuple(_template(t, f"{at}templates[{i}]") for i, t in enumerate(templates)),
        captions=tuple(_captions(c, f"{at}captions[{i}]") for i, c in enumerate(captions)),
        missions=parse_missions(root.get("missions"), f"{at}missions"),
        words=parse_words(root.get("words"), f"{at}words"),
    )


def _counts(value: object, where: str) -> Mapping[str, int]:
    items = fields.mapping(value, where).items()
    return {name: fields.count(n, f"{where}.{name}") for name, n in items}


def _template(value: object, where: str) -> Template:
    content = fields.mapping(value, where)
    return Template(
        fields.text(content.get("template"), f"{where}.template"),
        fields.text(content.get("prompt"), f"{where}.prompt"),
        fields.count(content.get("accepted"), f"{where}.accepted"),
        _counts(content.get("rejected"), f"{where}.rejected"),
        fields.texts(content.get("samples"), f"{where}.samples"),
    )


def _captions(value: object, where: str) -> Captions:
    content = fields.mapping(value, where)
    return Captions(
        fields.text(content.get("style"), f"{where}.style"),
        fields.count(content.get("captions"), f"{where}.captions"),
        tuple(fields.number(content.get(name), f"{where}.{name}") for name in _MEASURES),
        fields.text(content.get("example"), f"{where}.example"),
    )


def description_tables(content: Mapping[str, Any]) -> tuple[Table, ...]:
    """Acceptance by template and by rule, and diversity by style.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    return _tables(parse_description(content))


def _tables(found: Description) -> tuple[Table, ...]:
    templates = tuple(
        (t.template, str(t.accepted), str(t.accepted + sum(t.rejected.values())))
        for t in found.templates
    )
    accepted = sum(t.accepted for t in found.templates)
    rejected = sum(found.by_rule.values())
    rules = (
        ("accepted", str(accepted), _percent(accepted, accepted + rejected)),
        *(
            (rule, str(n), _percent(n, accepted + rejected))
            for rule, n in sorted(found.by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
    )
    styles = tuple(
        (
            c.style,
            f"{c.captions:,}",
            *(f"{value:.4f}" for value in c.measures[:3]),
            *(f"{value:.2f}" for value in c.measures[3:]),
        )
        for c in found.captions
    )
    return (
        Table("Paraphrases accepted", ("template", "accepted", "candidates"), templates),
        Table("What became of the candidates", ("rule", "candidates", "share"), rules),
        Table(
            f"Diversity of captions, {found.dataset}",
            ("captions", "flows", "distinct", "distinct-1", "distinct-2",
             "entropy-1 (bits)", "entropy-2 (bits)"),
            styles,
        ),
    )  # fmt: skip


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def write_description(folder: str | os.PathLike[str]) -> Path:
    """Write description.md and figures/words.* into a folder that holds a description.json.

    The same description gives the same bytes.

    Returns:
        The path of description.md.

    Raises:
        PclipError: a file that is not what it must be, or the folder cannot be written.
    """
    place = Path(folder)
    found = parse_description(fields.read_json(place / FILE))
    blocks = [
        "# Flows in words",
        f"Paraphrases as the record names their writer: {escape(', '.join(found.models))}. "
        + escape(found.usage),
    ]
    for content in _tables(found):
        blocks += [f"## {escape(content.title)}", table(content)]
    blocks += ["## One flow in each style"]
    blocks += ["\n".join(f"- {escape(c.style)}: {escape(c.example)}" for c in found.captions)]
    if found.words:
        drawing = draw_words(found.missions, found.words)
        save(drawing, place / "figures")
        blocks += [f"## {drawing.title}", "![words](figures/words.svg)", drawing.caption]
    blocks += [
        "## Prompt and samples",
        "The prompt of the first template; the others differ in the sentence and its slots. "
        "(Counterpart of the paper's Figure 3.)",
        *(_fenced(t.prompt) for t in found.templates[:1]),
    ]
    for t in found.templates:
        samples = "\n".join(f"- {escape(sample)}" for sample in t.samples)
        blocks.append(f"{escape(t.template)}\n\n{samples}")
    page = place / PAGE
    write_atomic(page, "\n\n".join(blocks) + "\n")
    return page


def _fenced(text: str) -> str:
    """The text as a block of code: indented, so that nothing in it can end the block."""
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
