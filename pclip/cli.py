"""The command `pclip`: for people with a capture rather than a paper.

A user's mistake ends in one line `error: ...` on standard error and exit code 2, Ctrl-C in
`stopped` and 130; what is lost of a damaged capture is said in a line `warning: ...`. Rooms are
imported inside the commands, so that `pclip --help` does not wait for JAX.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pclip import __version__
from pclip.errors import PclipError
from pclip.interrupt import INTERRUPTED, leave

if TYPE_CHECKING:
    from pclip.packets import PacketTable

USER_ERROR = 2

app = typer.Typer(
    help="PacketCLIP on your own capture: what is this packet, and is it an attack?",
    add_completion=False,
    pretty_exceptions_enable=False,
)
missions_app = typer.Typer(help="Mission graphs: check and draw files of your own.")
app.add_typer(missions_app, name="missions")


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    jsonl = "jsonl"


class Tunnel(StrEnum):
    """Tunnels that a capture's packets may be in."""

    gre = "gre"
    vxlan = "vxlan"
    gtp = "gtp"
    ipip = "ipip"


CaptureFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A pcap or pcapng file, plain, .gz, .xz or .zst; a folder of them; - for standard "
        "input.",
    ),
]
Tunnels = Annotated[
    list[Tunnel] | None,
    typer.Option("--inner", help="Judge the packets in tunnels of this kind; may be repeated."),
]
ModelName = Annotated[str, typer.Option("--model", help="Name of a model, or its folder.")]
OutputFormat = Annotated[
    Format, typer.Option("--format", help="A table, or one JSON object a line.")
]
MissionFile = Annotated[Path, typer.Argument(metavar="FILE", help="A mission graph in JSON.")]


def _version(wanted: bool) -> None:
    if wanted:
        _write([f"pclip {__version__}"])
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    del version  # its callback has answered


@app.command()
def detect(
    file: CaptureFile,
    model: ModelName = "pclip-mini",
    format: OutputFormat = Format.table,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Attack probability that flags a packet.")
    ] = 0.5,
    all_flows: Annotated[bool, typer.Option("--all", help="Flows without an alarm too.")] = False,
    most: Annotated[
        int, typer.Option(min=0, help="Rows of the table: the likeliest attacks, by time; 0: all.")
    ] = 50,
    inner: Tunnels = None,
) -> None:
    """Judge the flows of a capture.

    A flow is flagged if one of its packets, judged in a window of those before it, reaches the
    threshold; the column "attack" is the highest probability among its packets. Flows stand in
    the order of their times; of a folder, a first column says which capture a flow is in.
    """
    from pclip.serving import load_model, printing

    found = load_model(model).detect(_packets(file, inner))
    flows = found.flow_verdicts(threshold)
    shown = [flow for flow in flows if all_flows or flow.flagged]
    footer = [
        printing.detection_counts(found, flows, threshold),
        printing.model_line(found.model, found.note),
    ]
    if format is Format.jsonl:
        _write(printing.json_lines(shown, found.model, found.note))
        _write(footer, error=True)
        return
    rows = printing.likeliest(shown, most)
    if rows:
        _table(*printing.flow_table_rows(rows, captures=len(found.packets.captures) > 1))
    if len(rows) < len(shown):
        left = len(shown) - len(rows)
        flows_are = "1 more flow, a" if left == 1 else f"{left:,} more flows,"
        _write([f"{flows_are} less likely attack{'s' * (left > 1)}: --most 0 shows all"])
    _write(footer)


@app.command()
def query(
    file: CaptureFile,
    texts: Annotated[
        list[str], typer.Argument(metavar="TEXT", help='Such as "a SYN flood" "a web page".')
    ],
    model: ModelName = "pclip-mini",
    format: OutputFormat = Format.table,
    inner: Tunnels = None,
) -> None:
    """Say which of some texts the packets of a capture lie nearest to."""
    from pclip.serving import load_model, printing

    if len(texts) == 1:
        _warn("with one text every packet is nearest to it; give two or more to compare")
    answer = load_model(model).zero_shot(_packets(file, inner), texts)
    shares = answer.summary()
    footer = [printing.answer_counts(answer), printing.model_line(answer.model, answer.note)]
    if format is Format.jsonl:
        _write(printing.json_lines(shares, answer.model, answer.note))
        _write(footer, error=True)
        return
    _table(printing.SHARE_HEADER, [printing.share_row(share) for share in shares])
    _write(footer)


def _packets(file: Path, inner: Sequence[Tunnel] | None) -> PacketTable:
    from pclip.packets import read_captures

    return read_captures([file], inner=tuple(inner or ()))


@app.command()
def info(
    model: Annotated[
        str,
        typer.Argument(metavar="[MODEL]", help="Name of a model or an encoder, or its folder."),
    ] = "pclip-mini",
) -> None:
    """Say what a model or an encoder is, where it comes from, and its limits."""
    from pclip.serving import PclipModel, load, printing

    loaded = load(model)
    if isinstance(loaded, PclipModel):
        _write(printing.manifest_lines(loaded.manifest, loaded.numbers))
    else:
        _write(printing.encoder_lines(loaded))


@app.command()
def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="An ET-BERT's checkpoint file; the folder of a BERT or RoBERTa model, or of an "
            "encoder of ours; a name of the Hugging Face hub.",
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write; must be new.")],
    heads: Annotated[
        int | None,
        typer.Option(min=1, help="Attention heads of a checkpoint file; width / 64 if not said."),
    ] = None,
    vocabulary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Vocabulary of a checkpoint file; the vocab.txt or encryptd_vocab.txt beside it "
            "if not said.",
        ),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Licence of the weights, in words.")
    ] = None,
    float16: Annotated[
        bool, typer.Option("--float16", help="Half the bytes; values are rounded.")
    ] = False,
) -> None:
    """Convert an encoder into a folder that loads without the framework it comes from."""
    from pclip.models.convert import load_encoder, save_encoder
    from pclip.serving.by_name import refuse_other_kinds

    refuse_other_kinds(source)
    encoder = load_encoder(source, heads=heads, words=vocabulary)
    storage = "float16" if float16 else "float32"
    card = save_encoder(encoder, out, licence=licence, storage=storage)
    if encoder.ignored:
        _write([f"ignored: {', '.join(encoder.ignored)}"])
    _write([f"wrote {out}: {card.kind} encoder, {card.note}; sha256 {card.sha256}"])


@missions_app.command()
def check(file: MissionFile) -> None:
    """Check a mission graph against the rules that training relies on."""
    from pclip.missions import load_mission

    mission = load_mission(file)
    levels = " + ".join(str(len(level)) for level in mission.levels)
    _write(
        [
            f"{file}: mission {mission.name} ({mission.title}) is valid: "
            f"{levels} concepts in {len(mission.levels)} levels, {len(mission.edges)} edges"
        ]
    )


@missions_app.command()
def draw(
    file: MissionFile,
    out: Annotated[Path, typer.Option("--out", help="Figure to write, .svg or .png.")],
) -> None:
    """Draw a mission graph."""
    from pclip.missions import draw_missions, load_mission

    draw_missions([load_mission(file)], out)
    _write([f"wrote {out}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line (that of the process where None) and give the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A text that the terminal's encoding lacks is shown escaped rather than not at all.
        sys.stdout.reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    with _warnings_shown():
        try:
            code = app(words or ["--help"], prog_name="pclip", standalone_mode=False)
        except PclipError as error:
            return _fail(str(error))
        except typer.TyperException as error:
            message = error.format_message().rstrip(". ")
            return _fail(f"{message}; see {_command_of(error)} --help")
    if code == INTERRUPTED:  # what Typer makes of KeyboardInterrupt
        leave("stopped")
    return code or 0


def _command_of(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "pclip"


def _fail(message: str) -> int:
    _say("error", message)
    return USER_ERROR


def _warn(message: str) -> None:
    _say("warning", message)


def _say(kind: str, message: str) -> None:
    """One line on standard error."""
    line = " ".join(message.split())
    print(f"{kind}: {printable(line)}", file=sys.stderr)


def printable(text: str) -> str:
    """Escape what a terminal would obey rather than show, line ends included."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


class _WarningLines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _warn(record.getMessage())


@contextlib.contextmanager
def _warnings_shown() -> Iterator[None]:
    """What rooms log as warnings stands on standard error while a command runs."""
    logger, handler = logging.getLogger("pclip"), _WarningLines(logging.WARNING)
    logger.addHandler(handler)
    # Some libraries hang a handler of their own on the root, which would say it all again.
    propagate, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _write(lines: Sequence[str], *, error: bool = False) -> None:
    """Print lines; a pipe that was closed is the reader's wish, a full disk an error."""
    stream = sys.stderr if error else sys.stdout
    try:
        for line in lines:
            print(printable(line), file=stream)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise PclipError(f"cannot write the output: {problem.strerror}") from problem


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A drawn table on a terminal, aligned text in a pipe."""
    from pclip.serving.printing import aligned, is_numeric

    rows = [tuple(map(printable, row)) for row in rows]
    if not sys.stdout.isatty():
        _write(aligned(header, rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, *cells in zip(header, *rows, strict=True):
        table.add_column(name, justify="right" if is_numeric(cells) else "left")
    for row in rows:
        # Text, not markup: what stands in brackets is somebody's data.
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


if __name__ == "__main__":
    sys.exit(main())
