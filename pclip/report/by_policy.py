"""Runs that differ in their byte policy alone: what names and identities are worth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pclip.report import fields
from pclip.report.results import split_order
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare
from pclip.report.side_by_side import COLUMNS, WITHOUT_FLOOD, scores_of
from pclip.report.tables import NOT_MEASURED, Table

# From the policy that shows least to the one that shows most.
POLICY_ORDER = ("nameless", "identity_free", "paper", "legacy38")
_SHOWN_BESIDES = {
    ("nameless", "identity_free"): "names, addresses and times in payloads",
    ("identity_free", "paper"): "sequence numbers, checksums, identifiers and quoted headers",
    ("paper", "legacy38"): "what the released code shows besides: addresses and ports wherever "
    "headers are not of the usual length, and link padding",
}
# Parts of a configuration that decide a score beside the bytes; others say what was measured.
_PROTOCOL = ("alignment", "captions", "detector", "dense", "trees", "text", "packet", "dataset",
             "most_packets_per_class")  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """One split on which runs of at least two byte policies stand beside each other.

    Attributes:
        title: split and dataset in words.
        table: one row a policy.
        sentences: what each policy shows more than the one before, and what that is worth.
    """

    title: str
    table: Table
    sentences: tuple[str, ...]


def by_policy(runs: Sequence[tuple[str, Run]]) -> list[Compared]:
    """Runs of one protocol, dataset, split and seeds, compared by byte policy.

    Of several runs with the same policy the first one counts. A run whose config.json was not kept
    takes no part.

    Args:
        runs: (name, content).
    """
    groups: dict[tuple[str, str], dict[str, tuple[str, Run]]] = {}
    for name, run in runs:
        policy = fields.mapping(run.config.get("packet", {}), "config.json: packet").get("bytes")
        if not isinstance(policy, str):
            continue
        for split in run.results.splits:
            group = groups.setdefault((split, _protocol(run, split)), {})
            group.setdefault(policy, (name, run))
    return [
        _compared(split, group)
        for (split, _), group in sorted(groups.items(), key=lambda item: split_order(item[0][0]))
        if len(group) > 1
    ]


def _protocol(run: Run, split: str) -> str:
    """Everything that must be the same for two scores to differ by their bytes alone."""
    parts = {name: run.config.get(name) for name in _PROTOCOL}
    packet = fields.mapping(parts["packet"], "config.json: packet")
    parts["packet"] = {name: value for name, value in packet.items() if name != "bytes"}
    alignment = fields.mapping(parts["alignment"] or {}, "config.json: alignment")
    # Which heads were trained beside the ones compared changes none of them.
    parts["alignment"] = {name: value for name, value in alignment.items() if name != "heads"}
    parts["seeds of the split"] = run.results.splits[split].seeds
    parts["data"] = run.results.dataset
    # The same name may stand for other weights by another day.
    parts["encoders"] = {
        role: encoder.get("sha256") for role, encoder in run.results.encoders.items()
    }
    return json.dumps(parts, sort_keys=True, default=str)


def _compared(split: str, group: Mapping[str, tuple[str, Run]]) -> Compared:
    order = [policy for policy in POLICY_ORDER if policy in group]
    order += sorted(policy for policy in group if policy not in POLICY_ORDER)
    scores = {policy: scores_of(group[policy][1].results.splits[split]) for policy in order}
    columns = [name for name in COLUMNS if any(name in scores[policy] for policy in order)]
    rows = tuple(
        (
            policy,
            group[policy][0],
            *(str(scores[policy].get(name, NOT_MEASURED)) for name in columns),
        )
        for policy in order
    )
    dataset = group[order[0]][1].results.dataset
    title = f"Scores by byte policy, split {split}, dataset {dataset}"
    pairs = [pair for pair in _SHOWN_BESIDES if set(pair) <= set(order)]
    return Compared(
        title,
        Table(title, ("bytes", "run", *columns), rows),
        tuple(line for less, more in pairs for line in _sentences(scores, less, more)),
    )


def _sentences(scores: Mapping[str, Mapping[str, Score]], less: str, more: str) -> Iterator[str]:
    shown = _SHOWN_BESIDES[less, more]
    for name, (_, _, metric) in COLUMNS.items():
        if name not in scores[less] or name not in scores[more]:
            continue
        first, second = scores[more][name], scores[less][name]
        begin = f"{name}: {more} {first}, {less} {second}"
        difference = compare(first, second)
        if metric == "share":
            if difference.value:
                yield f"{begin}. Zeroing {shown} makes packets alike and changes the data itself."
            continue
        if first.fixed and second.fixed:
            # Deterministic, so without a spread over seeds; another test part would have one.
            points = 100 * difference.value
            yield f"{begin}: {points:+.1f} points. Not decided."
            continue
        if difference.spread is None:
            words = "One seed: no spread, not decided."
        elif difference.direction > 0:
            words = f"Lower with {shown} zeroed, and other things that the same bytes carry."
        elif difference.direction < 0:
            words = f"Higher with {shown} zeroed; why is not shown."
        else:
            words = f"No difference shows with {shown} zeroed; a small one may be there."
        without = f"{name}{WITHOUT_FLOOD}"
        if without in scores[less] and without in scores[more]:
            rest = compare(scores[more][without], scores[less][without])
            words += f" Without ICMP Flood: {rest}."
        yield f"{begin}: {difference}. {words}"
