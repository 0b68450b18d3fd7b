"""Probes of representations: what pre-training bought, beside random weights and counted bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pclip.report import fields
from pclip.report.markdown import code, escape, table
from pclip.report.results import SCHEMA, split_order
from pclip.report.scores import Score, compare
from pclip.report.tables import NOT_MEASURED, Table

KIND = "probe"
METRICS = {"macro_f1": "macro F1", "accuracy": "accuracy"}
BOUND = "oracle: upper bound, fitted on the labels it is scored on"
# Names that representations without an encoder have, and the end of those with random weights.
COUNTED = ("byte_histogram", "hashed_bigrams")
DRAWN = (":random", ":initial")

Scores = Mapping[str, Mapping[str, Score]]  # probe -> metric -> score


@dataclass(frozen=True)
class ProbedSplit:
    """One split.

    Attributes:
        packets: of each part.
        bound: part -> metric -> what no single-packet classifier exceeds.
        systems: representation -> part -> its scores.
    """

    packets: Mapping[str, int]
    bound: Mapping[str, Mapping[str, Score]]
    systems: Mapping[str, Mapping[str, Scores]]


@dataclass(frozen=True)
class ProbeResults:
    """Content of a probe's results.json, splits in the order of `split_order`.

    Attributes:
        notes: representation -> where its weights come from.
        packets_per_class: packets sampled of each class in each part, 0 for all.
    """

    dataset: str
    commit: str
    notes: Mapping[str, str]
    packets_per_class: int
    splits: Mapping[str, ProbedSplit]

    @property
    def part(self) -> str:
        """The part that counts: test where it was looked at."""
        measured = all("test" in split.bound for split in self.splits.values())
        return "test" if measured else "validation"


def parse_probe(content: object, file: str = "results.json") -> ProbeResults:
    """Check the content of a probe's results.json and give it types.

    Raises:
        PclipError: of another kind, or a field that is not what it must be, by name.
    """
    root = fields.mapping(content, file)
    for name, expected in (("schema", SCHEMA), ("kind", KIND)):
        if root.get(name) != expected:
            raise fields.malformed(f"{file}: {name}", root.get(name), repr(expected))
    splits = fields.mapping(root.get("splits", {}), f"{file}: splits")
    notes = fields.mapping(root.get("representations", {}), f"{file}: representations")
    return ProbeResults(
        dataset=fields.text(root.get("dataset", ""), f"{file}: dataset"),
        commit=fields.text(root.get("commit", ""), f"{file}: commit"),
        notes={
            name: fields.text(
                fields.mapping(note, f"{file}: representations.{name}").get("note", ""),
                f"{file}: representations.{name}.note",
            )
            for name, note in notes.items()
        },
        packets_per_class=fields.count(
            root.get("packets_per_class", 0), f"{file}: packets_per_class"
        ),
        splits={
            name: _split(splits[name], f"{file}: splits.{name}")
            for name in sorted(splits, key=split_order)
        },
    )


def read_probe(folder: Path) -> ProbeResults:
    """The results of a probe's folder.

    Raises:
        PclipError: results.json is not there or not a probe's.
    """
    path = folder / "results.json"
    return parse_probe(fields.read_json(path), str(path))


def _split(value: object, where: str) -> ProbedSplit:
    content = fields.mapping(value, where)
    packets = fields.mapping(content.get("packets", {}), f"{where}.packets")
    bound = fields.mapping(content.get("bound", {}), f"{where}.bound")
    systems = fields.mapping(content.get("systems", {}), f"{where}.systems")
    return ProbedSplit(
        packets={part: fields.count(n, f"{where}.packets.{part}") for part, n in packets.items()},
        bound={part: _metrics(found, f"{where}.bound.{part}") for part, found in bound.items()},
        systems={
            name: _parts(parts, f"{where}.systems.{name}", tuple(bound))
            for name, parts in systems.items()
        },
    )


def _parts(value: object, where: str, parts: tuple[str, ...]) -> dict[str, Scores]:
    content = fields.mapping(value, where)
    return {
        part: {
            probe: _metrics(metrics, f"{where}.{part}.{probe}")
            for probe, metrics in fields.mapping(content.get(part), f"{where}.{part}").items()
        }
        for part in parts
    }


def _metrics(value: object, where: str) -> dict[str, Score]:
    content = fields.mapping(value, where)
    return {name: fields.score(content.get(name), f"{where}.{name}") for name in METRICS}


def probe_tables(results: ProbeResults) -> Iterator[Table]:
    """For each metric a table: a row a representation and probe, a column a split."""
    splits, part = results.splits, results.part
    rows = dict.fromkeys(
        (name, probe)
        for split in splits.values()
        for name, parts in split.systems.items()
        for probe in parts[part]
    )
    for metric, title in METRICS.items():
        yield Table(
            f"{title} of packets, {part} part",
            ("representation", "probe", *splits),
            (
                *(
                    (
                        name,
                        probe,
                        *(_cell(split, name, part, probe, metric) for split in splits.values()),
                    )
                    for name, probe in rows
                ),
                (BOUND, NOT_MEASURED, *(str(s.bound[part][metric]) for s in splits.values())),
            ),
        )


def _cell(split: ProbedSplit, name: str, part: str, probe: str, metric: str) -> str:
    score = split.systems.get(name, {}).get(part, {}).get(probe, {}).get(metric)
    return NOT_MEASURED if score is None else str(score)


def probe_sentences(results: ProbeResults) -> Iterator[str]:
    """Each encoder against random weights and counted bytes, in macro F1."""
    part = results.part
    for split_name, split in results.splits.items():
        for name in split.systems:
            if name.endswith(DRAWN) or name in COUNTED:
                continue
            for probe, scores in split.systems[name][part].items():
                for other, parts in split.systems.items():
                    if (other.endswith(DRAWN) or other in COUNTED) and probe in parts[part]:
                        yield _sentence(
                            f"{split_name}, {probe} probe",
                            (name, scores["macro_f1"]),
                            (other, parts[part][probe]["macro_f1"]),
                        )


def _sentence(where: str, first: tuple[str, Score], second: tuple[str, Score]) -> str:
    (name, score), (other, against) = first, second
    difference = compare(score, against)
    if score.fixed and against.fixed:
        # Deterministic, so without a spread over seeds; another test part would have one.
        does = {1: "does not do as well", 0: "does as well", -1: "does better"}
        verdict = f"{other} {does[difference.direction]} on this one part, chance not excluded"
    elif difference.spread is None:
        verdict = "one seed, not decided"
    elif difference.direction > 0:
        verdict = f"{other} does not do as well"
    elif difference.direction < 0:
        verdict = f"{other} does better"
    else:
        verdict = f"{other} does as well within the spread"
    return (
        f"{where}: {name} {score}, {other} {against}, "
        f"{100 * difference.value:+.1f} points: {verdict}."
    )


def probe_section(folder: Path, command: str) -> str:
    """The section of RESULTS.md on a probe's folder, in Markdown.

    Raises:
        PclipError: results.json is not there or not a probe's.
    """
    results = read_probe(folder)
    blocks = [
        "## What pre-training bought",
        f"Command: {code(command)}",
        "Simple classifiers on frozen representations of single packets, all on the same bytes: "
        "logistic regression and the nearest distinct training inputs. Settings are chosen on "
        f"validation; the scores are of the {results.part} part, which each recipe sees once "
        f"({code(f'{folder.name}/looks.jsonl')} lists the looks). The last row is an upper bound: "
        "what a classifier of single packets could reach that knew the labels, since packets of "
        "several classes look alike. Nothing is chosen by it. Where the split is fixed, only "
        f"random weights are drawn anew with each seed. Dataset {code(results.dataset)}, commit "
        f"{code(results.commit)}.",
    ]
    if results.packets_per_class:
        blocks.append(
            f"Estimated from at most {results.packets_per_class:,} packets of each class in each "
            "part."
        )
    for content in probe_tables(results):
        blocks += [f"**{escape(content.title)}**", table(content)]
    blocks.append("\n".join(f"- {escape(line)}" for line in probe_sentences(results)))
    notes = [f"- {code(name)}: {escape(note)}" for name, note in results.notes.items()]
    return "\n\n".join([*blocks, "\n".join(notes)])
