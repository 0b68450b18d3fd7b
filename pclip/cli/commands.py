"""The commands that read captures and encoders, and what becomes of a mistake."""

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
from pclip.cli.missions import missions_app
from pclip.cli.output import print_lines, print_table, say, warn
from pclip.errors import PclipError
from pclip.interrupt import INTERRUPTED, leave
from pclip.progress import beside_bars

if TYPE_CHECKING:
    from pclip.packets import PacketTable

USER_ERROR = 2

app = typer.Typer(
    help="PacketCLIP on your own capture: what is this packet, and is it an attack?",
    add_completion=False,
    pretty_exceptions_enable=False,
)
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


def _version(wanted: bool) -> None:
    if wanted:
        print_lines([f"pclip {__version__}"])
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
        print_lines(printing.json_lines(shown, found.model, found.note))
        print_lines(footer, error=True)
        return
    rows = printing.likeliest(shown, most)
    if rows:
        print_table(*printing.flow_table_rows(rows, captures=len(found.packets.captures) > 1))
    if len(rows) < len(shown):
        left = len(shown) - len(rows)
        flows_are = "1 more flow, a" if left == 1 else f"{left:,} more flows,"
        print_lines([f"{flows_are} less likely attack{'s' * (left > 1)}: --most 0 shows all"])
    print_lines(footer)


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
        warn("with one text every packet is nearest to it; give two or more to compare")
    answer = load_model(model).zero_shot(_packets(file, inner), texts)
    shares = answer.summary()
    footer = [printing.answer_counts(answer), printing.model_line(answer.model, answer.note)]
    if format is Format.jsonl:
        print_lines(printing.json_lines(shares, answer.model, answer.note))
        print_lines(footer, error=True)
        return
    print_table(printing.SHARE_HEADER, [printing.share_row(share) for share in shares])
    print_lines(footer)


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
        print_lines(printing.manifest_lines(loaded.manifest, loaded.numbers))
    else:
        print_lines(printing.encoder_lines(loaded))


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
        print_lines([f"ignored: {', '.join(encoder.ignored)}"])
    print_lines([f"wrote {out}: {card.kind} encoder, {card.note}; sha256 {card.sha256}"])


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
    say("error", message)
    return USER_ERROR


class _WarningLines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        with beside_bars():
            warn(record.getMessage())


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
