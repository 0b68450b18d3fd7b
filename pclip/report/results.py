"""results.json (schema 1) as checked, typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pclip.report import fields
from pclip.report.scores import Score

SCHEMA = 1
# The split that flatters least first; splits of other names follow by alphabet.
SPLIT_ORDER = ("round", "tool", "recording", "flow", "random")
COST_FIELDS = ("params_trainable", "params_total", "macs", "flops")


@dataclass(frozen=True)
class SystemScores:
    """One system on one split: whole metrics, and metrics per class or group."""

    metrics: Mapping[str, Score]
    per_class: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)


@dataclass(frozen=True)
class SplitResults:
    """Everything measured on one split; a part that was not measured is empty.

    `held_out` says of each seed of `tool` which tool of each class training did not meet.
    """

    seeds: tuple[int, ...] = ()
    packets: Mapping[str, int] = field(default_factory=dict)
    held_out: tuple[Mapping[str, str], ...] = ()
    zero_shot: Mapping[str, SystemScores] = field(default_factory=dict)
    reasoning: Mapping[str, SystemScores] = field(default_factory=dict)
    scarcity: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """Content of a results.json; `splits` in the order of `SPLIT_ORDER`, then others."""

    dataset: str
    config: str
    commit: str
    seeds: tuple[int, ...]
    encoders: Mapping[str, Mapping[str, str]]
    reductions: tuple[str, ...]
    splits: Mapping[str, SplitResults]
    cost: Mapping[str, Mapping[str, float]]
    without_caption: int | None = None


def split_order(name: str) -> tuple[int, str]:
    """Sorting key: honest splits first."""
    known = SPLIT_ORDER.index(name) if name in SPLIT_ORDER else len(SPLIT_ORDER)
    return known, name


def _systems(value: object, where: str) -> dict[str, SystemScores]:
    systems = {}
    for system, item in fields.mapping(value, where).items():
        place = f"{where}.{system}"
        content = dict(fields.mapping(item, place))
        per_class = fields.mapping(content.pop("per_class", {}), f"{place}.per_class")
        systems[system] = SystemScores(
            metrics=fields.scores(content, place),
            per_class={
                name: fields.scores(metrics, f"{place}.per_class.{name}")
                for name, metrics in per_class.items()
            },
        )
    return systems


def _named_scores(value: object, where: str) -> dict[str, dict[str, Score]]:
    items = fields.mapping(value, where).items()
    return {name: fields.scores(item, f"{where}.{name}") for name, item in items}


def _scarcity(value: object, where: str) -> dict[str, dict[str, Score]]:
    table = _named_scores(value, where)
    for system, fractions in table.items():
        for fraction in fractions:
            try:
                share = float(fraction)
            except ValueError:
                share = -1.0
            if not 0.0 < share <= 1.0:
                expected = "shares of the training part as names, such as 0.3"
                raise fields.malformed(f"{where}.{system}", fraction, expected)
    return table


def _split(value: object, where: str) -> SplitResults:
    content = fields.mapping(value, where)
    seeds = fields.sequence(content.get("seeds", ()), f"{where}.seeds")
    packets = fields.mapping(content.get("packets", {}), f"{where}.packets")
    return SplitResults(
        seeds=tuple(fields.count(seed, f"{where}.seeds[{i}]") for i, seed in enumerate(seeds)),
        packets={part: fields.count(n, f"{where}.packets.{part}") for part, n in packets.items()},
        held_out=_held_out(content.get("held_out", []), f"{where}.held_out"),
        zero_shot=_systems(content.get("zero_shot", {}), f"{where}.zero_shot"),
        reasoning=_systems(content.get("reasoning", {}), f"{where}.reasoning"),
        scarcity=_scarcity(content.get("scarcity", {}), f"{where}.scarcity"),
        controls=_named_scores(content.get("controls", {}), f"{where}.controls"),
    )


def _held_out(value: object, where: str) -> tuple[dict[str, str], ...]:
    found = []
    for i, item in enumerate(fields.sequence(value, where)):
        tools = fields.mapping(item, f"{where}[{i}]").items()
        found.append({name: fields.text(tool, f"{where}[{i}].{name}") for name, tool in tools})
    return tuple(found)


def _without_caption(value: object, where: str) -> int | None:
    """Packets that take no part in alignment: their flow has no caption, or another class's."""
    captions = fields.mapping(fields.mapping(value, where).get("captions", {}), f"{where}.captions")
    if "packets_without" not in captions:
        return None
    return fields.count(captions["packets_without"], f"{where}.captions.packets_without")


def parse_results(content: object, file: str = "results.json") -> Results:
    """Check the content of a results.json and give it types.

    Args:
        content: what `json.load` returned, or the mapping a run is about to write.
        file: name for messages.

    Raises:
        PclipError: another schema, or a field that is not what the schema says, by name.
    """
    root = fields.mapping(content, file)
    if root.get("schema") != SCHEMA:
        raise fields.malformed(f"{file}: schema", root.get("schema"), f"{SCHEMA}")
    prefix = f"{file}: "
    splits = fields.mapping(root.get("splits", {}), f"{prefix}splits")
    encoders = fields.mapping(root.get("encoders", {}), f"{prefix}encoders")
    cost = fields.mapping(root.get("cost", {}), f"{prefix}cost")
    seeds = fields.sequence(root.get("seeds", ()), f"{prefix}seeds")
    return Results(
        without_caption=_without_caption(root.get("inputs", {}), f"{prefix}inputs"),
        dataset=fields.text(root.get("dataset", ""), f"{prefix}dataset"),
        config=fields.text(root.get("config", ""), f"{prefix}config"),
        commit=fields.text(root.get("commit", ""), f"{prefix}commit"),
        seeds=tuple(fields.count(seed, f"{prefix}seeds[{i}]") for i, seed in enumerate(seeds)),
        encoders={
            role: {
                key: fields.text(item, f"{prefix}encoders.{role}.{key}")
                for key, item in fields.mapping(encoder, f"{prefix}encoders.{role}").items()
            }
            for role, encoder in encoders.items()
        },
        reductions=fields.texts(root.get("reductions", ()), f"{prefix}reductions"),
        splits={
            name: _split(splits[name], f"{prefix}splits.{name}")
            for name in sorted(splits, key=split_order)
        },
        cost={
            system: {
                key: fields.number(item, f"{prefix}cost.{system}.{key}")
                for key, item in fields.mapping(entry, f"{prefix}cost.{system}").items()
            }
            for system, entry in cost.items()
        },
    )
