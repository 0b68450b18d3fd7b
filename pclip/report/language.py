"""What captions and mission graphs are worth: runs that differ in one of them, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pclip.report.markdown import code, table
from pclip.report.results import SplitResults, split_order
from pclip.report.run_files import Run
from pclip.report.scores import Score, compare
from pclip.report.tables import NOT_MEASURED, Table

PREFIX = "language_"
"""Begins the names of these runs' folders under results/; the arm's name follows."""
SHIPPED = "shipped"


class Arm(NamedTuple):
    """One way of writing captions or graphs.

    Attributes:
        words: what it is.
        run: the arm's run.
        beside: words of the arm that it is compared with; "" for none.
        system: whose score is read in a table of detection.
    """

    words: str
    run: str
    beside: str = ""
    system: str = "gnn"


CAPTIONS = (
    Arm("templates", "templates"),
    Arm("+ paraphrases", "paraphrases", "templates"),
    Arm("+ concepts (the default)", SHIPPED, "+ paraphrases"),
)
GRAPHS = (
    Arm("as shipped", SHIPPED),
    Arm("pruned", "pruned", "as shipped"),
    Arm("words shuffled between the missions", "shuffled", "as shipped"),
    Arm("random words", "random_words", "as shipped"),
    Arm("no graph: the temporal Transformer alone", SHIPPED, "as shipped", "temporal"),
)
_AUTHORS = """The paper had its graphs written by GPT-4o and its descriptions paraphrased by
LLaMA 3. Neither was used here: the graphs and the paraphrases that ship are a large language
model's whose name is not known, and their raw answers ship as records (docs/records.md says how
they came to be: the prompt alone, this project hidden, but with tools, so that some answers drew
on public pages). With the paper's models, at any endpoint that speaks OpenAI's protocol:

    export PCLIP_LLM_BASE_URL=https://api.openai.com/v1 PCLIP_LLM_API_KEY=... PCLIP_LLM_MODEL=gpt-4o
    pclip missions new "Denial of Service attack" --name dos --title DoS --out graphs/dos.json
    pclip missions new "Reconnaissance attack" --title Reconnaissance --out graphs/recon.json
    pclip missions new "Brute Force attack" --title "Brute Force" --out graphs/brute.json
    unset PCLIP_LLM_API_KEY
    export PCLIP_LLM_BASE_URL=http://localhost:11434/v1 PCLIP_LLM_MODEL=llama3
    python -m experiments.describe --config=configs/describe.py --workdir=runs/llama3 \\
        --config.llm.live=True
    python -m experiments.language --config=configs/language.py --workdir=runs/theirs \\
        --config.missions.graphs=graphs \\
        --config.captions.paraphrases=runs/llama3/paraphrases.json"""
WORDLESS = {
    "words shuffled between the missions": "Shuffling the words between the missions",
    "random words": "Taking random words",
    "no graph: the temporal Transformer alone": "Leaving the graphs out",
}
DEALT = ("shuffled", "random_words")
HEADS = {"packet head": "packet", "both heads": "both"}


def language_section(runs: Mapping[str, Run]) -> str:
    """The ablation as a section of RESULTS.md; "" where nothing was run.

    Args:
        runs: arm -> its run; an arm that is missing has no row.
    """
    if not runs:
        return ""
    named: dict[str, dict[str, Score]] = {}
    detected: dict[str, dict[str, Score]] = {}
    for arm in CAPTIONS:
        if arm.run in runs:
            named[arm.words] = _zero_shot(runs[arm.run])
    for arm in GRAPHS:
        if arm.run in runs:
            detected[arm.words] = _detection(runs[arm.run], arm.system)
    blocks = [
        "## What the language is worth",
        _AUTHORS,
        "Captions or graphs written in another way, all else the same: the reduced protocol "
        "of `make reproduce` with 3 seeds, and with room for the caption of every flow: each "
        "way of writing is about the same packets. Shuffled: every word stays, but in a "
        "place that is drawn anew over all three missions for each seed. Random words: of "
        "nothing in particular, in the same places. "
        "Where those do as well as the shipped graphs, it does not matter here what the "
        "graphs say; where no graph does as well, it does not matter that there are any.",
        *_block("Zero-shot macro top-1, by captions", CAPTIONS, named),
        *_block("Detection mAUC, by graphs", GRAPHS, detected),
        _verdict(detected),
        _graph_facts(runs),
        _uncaptioned(runs),
        "Runs: " + ", ".join(code(PREFIX + name) for name in runs) + ".",
    ]
    return "\n\n".join(block for block in blocks if block)


def _verdict(detected: Mapping[str, Mapping[str, Score]]) -> str:
    """Whether other words, or no graphs, detect worse than the graphs that ship."""
    shipped = detected.get(GRAPHS[0].words, {})
    lines = []
    for arm in GRAPHS:
        scores = detected.get(arm.words, {})
        splits = [split for split in shipped if split in scores]
        if arm.words not in WORDLESS or not splits:
            continue
        worse = [s for s in splits if compare(scores[s], shipped[s]).direction < 0]
        found = f"detects worse on {', '.join(worse)}" if worse else "detects as well on all splits"
        lines.append(f"- **{WORDLESS[arm.words]} {found}.**")
    return "\n".join(lines)


def _uncaptioned(runs: Mapping[str, Run]) -> str:
    """Whether the arms trained on the same packets."""
    counts = {name: run.results.without_caption for name, run in runs.items()}
    listed = ", ".join(
        f"{code(PREFIX + name)} {n:,}" for name, n in counts.items() if n is not None
    )
    return f"Packets without a caption: {listed}." if listed else ""


def _graph_facts(runs: Mapping[str, Run]) -> str:
    """What the arms of graphs differ in, counted in what the runs kept of their graphs."""
    lines = []
    shipped = runs[SHIPPED].plots.missions if SHIPPED in runs else ()
    for arm in GRAPHS:
        graphs = runs[arm.run].plots.missions if arm.run in runs else ()
        if not graphs or not shipped or arm.run == SHIPPED:
            continue
        words = [{w for level in graph.levels for w in level} for graph in graphs]
        before = [{w for level in graph.levels for w in level} for graph in shipped]
        kept = sum(len(a & b) for a, b in zip(words, before, strict=True))
        edges = [set(map(tuple, graph.edges)) for graph in graphs]
        new = sum(len(a - set(map(tuple, b.edges))) for a, b in zip(edges, shipped, strict=True))
        lines.append(
            f"- Graphs, {arm.words}{' (first seed)' if arm.run in DEALT else ''}: "
            f"{' + '.join(str(len(w)) for w in words)} words, {kept} of them where they were "
            f"written, of {sum(map(len, before))}; {sum(map(len, edges))} edges, "
            f"{new} of them not as they were written."
        )
    return "\n".join(lines)


def _zero_shot(run: Run) -> dict[str, Score]:
    return {
        f"{split}, {words}": found.zero_shot[heads].metrics["macro_top1"]
        for split, found in _splits(run)
        for words, heads in HEADS.items()
        if heads in found.zero_shot
    }


def _detection(run: Run, system: str) -> dict[str, Score]:
    return {
        split: found.reasoning[system].metrics["mauc"]
        for split, found in _splits(run)
        if system in found.reasoning
    }


def _splits(run: Run) -> list[tuple[str, SplitResults]]:
    return sorted(run.results.splits.items(), key=lambda item: split_order(item[0]))


def _block(title: str, arms: Sequence[Arm], scores: Mapping[str, Mapping[str, Score]]) -> list[str]:
    """Title, table, and a line for each score that is compared."""
    columns = list(dict.fromkeys(column for row in scores.values() for column in row))
    rows = tuple(
        (words, *(str(row.get(column, NOT_MEASURED)) for column in columns))
        for words, row in scores.items()
    )
    lines = [
        f"- {column}: {arm.words}, beside {arm.beside}: "
        f"{compare(scores[arm.words][column], scores[arm.beside][column])}."
        for arm in arms
        if arm.words in scores and arm.beside in scores
        for column in columns
        if column in scores[arm.words] and column in scores[arm.beside]
    ]
    return [f"**{title}**", table(Table("", ("", *columns), rows)), "\n".join(lines)]
