"""The commands `pclip missions ...`: graphs written by a language model, checked and drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pclip.cli.output import print_lines, print_table, warn
from pclip.errors import PclipError

if TYPE_CHECKING:
    from pclip.missions import Mission, Quality
    from pclip.missions.quality import Embed

missions_app = typer.Typer(help="Mission graphs: have one written, check it, draw it.")

MissionFile = Annotated[Path, typer.Argument(metavar="FILE", help="A mission graph in JSON.")]
Against = Annotated[
    list[Path] | None,
    typer.Option(
        "--against",
        metavar="FILE",
        help="A mission that the words should be told apart from; may be repeated. The three that "
        "ship if not said.",
    ),
]
TextEncoderName = Annotated[
    str | None,
    typer.Option("--text-encoder", help="Whose similarities count: a name or a folder; minilm."),
]


Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Write over a file of that name, if there is one.")
]


@missions_app.command()
def new(
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help='Such as "lateral movement over SMB".')
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Mission file to write; NAME.json, if new."),
    ] = None,
    key_concepts: Annotated[int, typer.Option(min=1, help="Words of the first level.")] = 10,
    expansions: Annotated[int, typer.Option(min=0, help="Levels behind it.")] = 2,
    associated: Annotated[
        int, typer.Option(min=1, help="Words that a concept may add to the next level.")
    ] = 2,
    repairs: Annotated[int, typer.Option(min=0, help="How often a step is asked again.")] = 2,
    name: Annotated[str | None, typer.Option(help="As in a file name; from EVENT.")] = None,
    title: Annotated[str | None, typer.Option(help="Group of classes; EVENT.")] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where answers are kept; what is there is not asked again. OUT.answers.jsonl if "
            "not said.",
        ),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Answers of such a file instead of an endpoint's."),
    ] = None,
    attach: Annotated[
        bool,
        typer.Option(
            "--attach", help="Give words that stand under no concept to the most similar one."
        ),
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="Endpoint; the variable PCLIP_LLM_BASE_URL.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model there; the variable PCLIP_LLM_MODEL.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key; the variable PCLIP_LLM_API_KEY.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="Of the sampling.")] = None,
    answer_tokens: Annotated[
        int | None,
        typer.Option(help="Bound on an answer, a model's thoughts included; 2,048 if not said."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask what is recorded too.")] = False,
    overwrite: Overwrite = False,
    price: Annotated[
        tuple[float, float] | None,
        typer.Option(
            metavar="ASKED ANSWERED", help="Of a million tokens of each: prints what it cost."
        ),
    ] = None,
    text_encoder: TextEncoderName = None,
) -> None:
    """Have a language model write a mission graph, with the paper's two prompts.

    Which words were left out, and why, is printed; docs/missions.md has the rules.
    """
    from pclip.llm import Client, Prices, language_model
    from pclip.missions import (
        Recipe,
        UnusableAnswersError,
        generate_mission,
        generation_lines,
        generation_warnings,
        mission_name,
        write_mission,
    )

    if record is not None and replay is not None:
        raise PclipError("--record and --replay: give one of them; what is replayed is recorded")
    if replay is not None:
        endpoints = {
            "--base-url": base_url,
            "--model": model,
            "--key-file": key_file,
            "--temperature": temperature,
            "--answer-tokens": answer_tokens,
            "--again": again,
            "--price": price,
        }
        _refuse_needless(endpoints, "--replay asks no endpoint")
    if not attach:
        _refuse_needless({"--text-encoder": text_encoder}, "without --attach no text is encoded")
    prices = None if price is None else Prices(*price)
    try:
        recipe = Recipe(key_concepts, expansions, associated, repairs)
    except ValueError as error:
        raise PclipError(str(error)) from error
    out = Path(f"{name or mission_name(event)}.json") if out is None else out
    _check_out(out, {"the record": record, "the answers": replay, "the key": key_file})
    _check_free(out, overwrite=overwrite)
    answers = replay or record or out.with_suffix(".answers.jsonl")
    source = language_model(
        answers,
        live=replay is None,
        base_url=base_url,
        model=model,
        key_file=key_file,
        temperature=temperature,
        answer_tokens=answer_tokens,
        again=again,
    )
    try:
        generated = generate_mission(
            source,
            event,
            recipe=recipe,
            name=name,
            title=title,
            embed=_embed(text_encoder) if attach else None,
        )
    except UnusableAnswersError as error:
        hint = "" if replay else f"; {answers} keeps the answers: --again asks anew"
        raise PclipError(f"{error}{hint}") from error
    except KeyboardInterrupt:
        if answers.exists() and not replay:
            rest = "" if again else ": the same command asks for the rest alone"
            warn(f"{answers} keeps what was answered{rest}")
        raise
    write_mission(generated.mission, out)
    print_lines([f"wrote {out}: {_size(generated.mission)}", *generation_lines(generated)])
    for line in generation_warnings(generated):
        warn(line)
    if isinstance(source, Client):
        print_lines([f"{source.usage.sentence(prices)}; answers are in {answers}"])


@missions_app.command()
def check(
    file: MissionFile,
    quality: Annotated[
        bool, typer.Option("--quality", help="Measure relevance, redundancy, coverage and more.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Drop the concepts that hurt; measures before, after.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where the pruned graph goes.")
    ] = None,
    overwrite: Overwrite = False,
    against: Against = None,
    text_encoder: TextEncoderName = None,
) -> None:
    """Check a mission graph against the rules that training relies on, and measure its words."""
    from pclip.missions import load_mission, measure, prune_lines, write_mission
    from pclip.missions import prune as pruned_graph

    if out is not None and not prune:
        raise PclipError("--out is for the pruned graph: add --prune")
    if not (quality or prune):
        measured = {"--against": against, "--text-encoder": text_encoder}
        _refuse_needless(measured, "words are measured with --quality or --prune")
    if out is not None:
        _check_out(out, {})
        _check_free(out, overwrite=overwrite)
    mission = load_mission(file)
    print_lines([f"{file}: {_size(mission)}"])
    if not (quality or prune):
        return
    embed, others = _embed(text_encoder), _others(against)
    found = measure(mission, embed, others)
    _print_quality(found, concepts=quality)
    if against and not found.others:
        warn(
            f"discrimination was not measured: what --against names is {mission.name} itself, by "
            "name, title or event; expected another mission"
        )
    if not prune:
        return
    pruned = pruned_graph(mission, found)
    print_lines(["", *prune_lines(pruned)])
    if pruned.dropped:
        print_lines(["", f"after pruning: {_size(pruned.mission)}"])
        _print_quality(measure(pruned.mission, embed, others), concepts=False)
    if out is None:
        print_lines(["nothing was written: --out FILE keeps the pruned graph"])
    else:
        write_mission(pruned.mission, out)
        print_lines([f"wrote {out}"])


@missions_app.command()
def draw(
    file: MissionFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Figure, .svg or .png; FILE.svg beside it."),
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="With the relevance of each word, as of check.")
    ] = False,
    text_encoder: TextEncoderName = None,
) -> None:
    """Draw a mission graph."""
    from pclip.missions import draw_missions, load_mission, measure

    mission = load_mission(file)
    out = file.with_suffix(".svg") if out is None else out
    _check_out(out, {"the graph": file})
    if not scores:
        _refuse_needless({"--text-encoder": text_encoder}, "without --scores no text is encoded")
    relevance = None
    if scores:
        found = measure(mission, _embed(text_encoder))
        relevance = [{concept.word: concept.relevance for concept in found.concepts}]
    draw_missions([mission], out, scores=relevance)
    print_lines([f"wrote {out}"])


def _refuse_needless(options: Mapping[str, object], why: str) -> None:
    """Refuse options that would do nothing.

    Raises:
        PclipError: one of them was given.
    """
    # Not `in (None, False)`: a temperature of 0 is given, and equals False.
    given = [name for name, value in options.items() if value is not None and value is not False]
    if given:
        raise PclipError(f"{' and '.join(given)} would do nothing: {why}")


def _check_free(out: Path, *, overwrite: bool) -> None:
    """Refuse to write over a graph, which somebody may have changed by hand.

    Raises:
        PclipError: the file is there already.
    """
    if out.exists() and not overwrite:
        raise PclipError(f"{out} is there already: add --overwrite, or --out another file")


def _check_out(out: Path, others: Mapping[str, Path | None]) -> None:
    """Refuse before anything is asked a name that cannot be a file, or is that of another.

    Raises:
        PclipError: it is a folder, or one of the other files.
    """
    if out.is_dir():
        raise PclipError(f"--out {out} is a folder: expected the name of a file")
    for what, other in others.items():
        if other is not None and out.resolve() == other.resolve():
            raise PclipError(f"--out {out} is the file of {what}: expected another one")


def _size(mission: Mission) -> str:
    levels = " + ".join(str(len(level)) for level in mission.levels)
    return (
        f"mission {mission.name} ({mission.title}) is valid: {levels} concepts in "
        f"{len(mission.levels)} levels, {len(mission.edges)} edges"
    )


def _others(files: Sequence[Path] | None) -> list[Mission]:
    from pclip.missions import load_mission, load_missions

    return [load_mission(file) for file in files] if files else list(load_missions())


def _print_quality(quality: Quality, *, concepts: bool) -> None:
    from pclip.missions import CONCEPT_HEADER, concept_rows, quality_lines, quality_warnings

    if concepts:
        print_table(CONCEPT_HEADER, concept_rows(quality))
    print_lines(quality_lines(quality))
    for line in quality_warnings(quality):
        warn(line)


def _embed(text_encoder: str | None) -> Embed:
    """Texts to unit vectors, by a text encoder's name."""
    import numpy as np

    from pclip.models.text_encoder import load_text_encoder
    from pclip.serving import encode_texts

    encoder = load_text_encoder(text_encoder or "minilm")

    def embed(texts: Sequence[str]) -> np.ndarray:
        vectors = encode_texts(list(texts), encoder)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return embed
