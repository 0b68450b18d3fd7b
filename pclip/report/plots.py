"""plots.json: the data of the figures that results.json has no place for, checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pclip.report import fields

CONFUSION_KINDS = ("zero_shot", "reasoning")


@dataclass(frozen=True)
class Confusion:
    """Confusion counts: rows true, columns predicted, both in the order of `labels`."""

    kind: str
    labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class RocCurve:
    """One-vs-rest ROC curve: false and true positive rates, equally many."""

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


@dataclass(frozen=True)
class MissionGraph:
    """A mission's concepts by level and its concept-to-concept edges."""

    title: str
    levels: tuple[tuple[str, ...], ...]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MissionWords:
    """The most frequent words of a mission's captions, most frequent first."""

    title: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Plots:
    """Content of a plots.json; a part that was not written is empty."""

    classes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    class_distribution: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    confusion: Mapping[str, Mapping[str, Confusion]] = field(default_factory=dict)
    roc: Mapping[str, Mapping[str, Mapping[str, RocCurve]]] = field(default_factory=dict)
    missions: tuple[MissionGraph, ...] = ()
    words: tuple[MissionWords, ...] = ()


def _confusion(value: object, where: str) -> Confusion:
    content = fields.mapping(value, where)
    labels = fields.texts(content.get("labels"), f"{where}.labels")
    kind = fields.text(content.get("kind"), f"{where}.kind")
    if kind not in CONFUSION_KINDS:
        raise fields.malformed(f"{where}.kind", kind, " or ".join(CONFUSION_KINDS))
    rows = fields.sequence(content.get("matrix"), f"{where}.matrix")
    matrix = tuple(
        tuple(
            fields.count(cell, f"{where}.matrix[{i}][{j}]")
            for j, cell in enumerate(fields.sequence(row, f"{where}.matrix[{i}]"))
        )
        for i, row in enumerate(rows)
    )
    size = len(labels)
    if len(matrix) != size or any(len(row) != size for row in matrix):
        shape = f"rows of {[len(row) for row in matrix]} cells"
        raise fields.malformed(f"{where}.matrix", shape, f"{size} x {size} counts, as labels")
    return Confusion(kind, labels, matrix)


def _curve(value: object, where: str) -> RocCurve:
    content = fields.mapping(value, where)
    rates = {}
    for name in ("fpr", "tpr"):
        rates[name] = fields.numbers(content.get(name), f"{where}.{name}")
        if any(not 0.0 <= rate <= 1.0 for rate in rates[name]):
            raise fields.malformed(f"{where}.{name}", rates[name], "rates between 0 and 1")
    if len(rates["fpr"]) != len(rates["tpr"]):
        found = f"{len(rates['fpr'])} fpr and {len(rates['tpr'])} tpr values"
        raise fields.malformed(where, found, "equally many of both")
    return RocCurve(rates["fpr"], rates["tpr"])


def _mission(value: object, where: str) -> MissionGraph:
    content = fields.mapping(value, where)
    rows = fields.sequence(content.get("levels"), f"{where}.levels")
    levels = tuple(fields.texts(row, f"{where}.levels[{i}]") for i, row in enumerate(rows))
    concepts = {concept for level in levels for concept in level}
    edges = []
    for i, pair in enumerate(fields.sequence(content.get("edges"), f"{where}.edges")):
        ends = fields.texts(pair, f"{where}.edges[{i}]")
        if len(ends) != 2 or not concepts.issuperset(ends):
            raise fields.malformed(f"{where}.edges[{i}]", list(ends), "two concepts of the levels")
        edges.append((ends[0], ends[1]))
    return MissionGraph(fields.text(content.get("title"), f"{where}.title"), levels, tuple(edges))


def parse_missions(value: object, where: str) -> tuple[MissionGraph, ...]:
    """Check a list of mission graphs.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    items = fields.sequence(value, where)
    return tuple(_mission(item, f"{where}[{i}]") for i, item in enumerate(items))


def parse_words(value: object, where: str) -> tuple[MissionWords, ...]:
    """Check a list of missions' frequent words.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    found = []
    for i, item in enumerate(fields.sequence(value, where)):
        content, at = fields.mapping(item, f"{where}[{i}]"), f"{where}[{i}]"
        counts = []
        for j, pair in enumerate(fields.sequence(content.get("counts"), f"{at}.counts")):
            place = f"{at}.counts[{j}]"
            if len(fields.sequence(pair, place)) != 2:
                raise fields.malformed(place, pair, "a word and its count")
            counts.append((fields.text(pair[0], place), fields.count(pair[1], place)))
        found.append(MissionWords(fields.text(content.get("title"), f"{at}.title"), tuple(counts)))
    return tuple(found)


def parse_plots(content: object, file: str = "plots.json") -> Plots:
    """Check the content of a plots.json and give it types.

    Raises:
        PclipError: a field that is not what it must be, by name.
    """
    root = fields.mapping(content, file)
    at = f"{file}: "

    def part(name: str) -> Mapping[str, object]:
        return fields.mapping(root.get(name, {}), f"{at}{name}")

    distribution = {
        split: {
            name: {
                label: fields.count(n, f"{at}class_distribution.{split}.{name}.{label}")
                for label, n in fields.mapping(
                    counts, f"{at}class_distribution.{split}.{name}"
                ).items()
            }
            for name, counts in fields.mapping(parts, f"{at}class_distribution.{split}").items()
        }
        for split, parts in part("class_distribution").items()
    }
    confusion = {
        split: {
            system: _confusion(item, f"{at}confusion.{split}.{system}")
            for system, item in fields.mapping(systems, f"{at}confusion.{split}").items()
        }
        for split, systems in part("confusion").items()
    }
    roc = {
        split: {
            system: {
                group: _curve(curve, f"{at}roc.{split}.{system}.{group}")
                for group, curve in fields.mapping(groups, f"{at}roc.{split}.{system}").items()
            }
            for system, groups in fields.mapping(systems, f"{at}roc.{split}").items()
        }
        for split, systems in part("roc").items()
    }
    return Plots(
        classes=fields.texts(root.get("classes", ()), f"{at}classes"),
        groups=fields.texts(root.get("groups", ()), f"{at}groups"),
        class_distribution=distribution,
        confusion=confusion,
        roc=roc,
        missions=parse_missions(root.get("missions", ()), f"{at}missions"),
        words=parse_words(root.get("words", ()), f"{at}words"),
    )
