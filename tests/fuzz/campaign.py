"""Many damaged inputs through one parser, within bounds of time and memory."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import resource
import signal
import threading
import time
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.fuzz.parsers import FrameParser, Parser

FRAME_BATCH, FILE_BATCH = 5_000, 200
BATCH_SECONDS, INPUT_SECONDS = 20.0, 2.0
"""For a batch, and a part of it in proportion, but never less than for one input. Half a second is
what a batch takes where two cores have other work too. A machine that stood still is no hang: a
batch, or a part of it, has to be late twice."""

SPARE_BYTES = 1 << 30
"""A batch may take this much more address space than the process holds at its beginning."""

MOST_CRASHES = 12
"""A parser with so many is not fuzzed further."""

MOST_OF_A_BATCH = 4


class HangError(BaseException):
    """Inputs took longer than their time; whoever catches Exception does not catch this."""


@dataclass
class Outcome:
    """What a campaign found.

    Attributes:
        cases: inputs that were made.
        refused: of them, those that ended in a PclipError.
        seconds: all in all.
        crashes: inputs that ended otherwise, with the traceback's last line; several inputs where
            none fails alone.
    """

    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    crashes: list[tuple[list[bytes], str]] = field(default_factory=list)


def make_case(parser: Parser, seed: int, number: int) -> bytes:
    """Input `number` of a campaign; any one can be made alone."""
    rng = np.random.default_rng([seed, zlib.crc32(parser.name.encode()), number])
    return parser.mutator().make(rng)


def run_campaign(
    parser: Parser,
    count: int,
    seed: int,
    folder: Path,
    advance: Callable[[int], object] = lambda done: None,
) -> Outcome:
    """Put `count` damaged inputs through a parser.

    Args:
        parser: from `parsers()`.
        count: inputs.
        seed: same seed, same inputs.
        folder: for files; emptied by nobody.
        advance: called with the number of inputs done, batch by batch.
    """
    outcome = Outcome()
    started = time.perf_counter()
    batch = batch_size(parser)
    name, mutator = zlib.crc32(parser.name.encode()), parser.mutator()
    for first in range(0, count, batch):
        numbers = range(first, min(first + batch, count))
        cases = [mutator.make(np.random.default_rng([seed, name, number])) for number in numbers]
        if (why := attempt(parser, cases, folder)) is not None:
            outcome.crashes += alone(parser, cases, folder) or [(cases, why)]
        outcome.cases += len(cases)
        advance(len(cases))
        if len(outcome.crashes) >= MOST_CRASHES:
            break
    outcome.refused = parser.refused
    outcome.seconds = time.perf_counter() - started
    return outcome


def alone(parser: Parser, cases: Sequence[bytes], folder: Path) -> list[tuple[list[bytes], str]]:
    """The inputs of a failed batch that fail by themselves, found by halving."""
    found: list[tuple[list[bytes], str]] = []
    waiting = [list(cases)]
    while waiting and len(found) < MOST_OF_A_BATCH:
        some = waiting.pop()
        why = attempt(parser, some, folder)
        if why is None:
            continue
        if len(some) == 1:
            found.append((some, why))
        else:
            middle = len(some) // 2
            waiting += [some[middle:], some[:middle]]
    return found


def batch_size(parser: Parser) -> int:
    """Inputs that are put through at once."""
    return FRAME_BATCH if isinstance(parser, FrameParser) else FILE_BATCH


def attempt(parser: Parser, cases: Sequence[bytes], folder: Path) -> str | None:
    """Why a batch or a part of it failed, None where it did not; late once is not late."""
    why = _attempt(parser, cases, folder)
    if why is not None and why.startswith(HangError.__name__):
        why = _attempt(parser, cases, folder)
    return why


def _attempt(parser: Parser, cases: Sequence[bytes], folder: Path) -> str | None:
    seconds = max(BATCH_SECONDS * len(cases) / batch_size(parser), INPUT_SECONDS)
    try:
        with bounded_time(seconds), bounded_memory(SPARE_BYTES), strict():
            parser.run(cases, folder)
    except (Exception, HangError) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
    return None


def save_crash(inputs: Sequence[bytes], why: str, parser: Parser, folder: Path) -> Path:
    """Keep the inputs of a crash as files of one folder, with what happened in why.txt."""
    digest = hashlib.sha256(b"".join(inputs)).hexdigest()[:12]
    place = folder / f"{parser.name}-{digest}"
    place.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(inputs):
        (place / f"{number:05d}.bin").write_bytes(content)
    (place / "why.txt").write_text(why + "\n")
    return place


@contextlib.contextmanager
def strict() -> Iterator[None]:
    """Warnings are errors, and what the reader says of damage is not shown."""
    logger = logging.getLogger("pclip")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def bounded_time(seconds: float) -> Iterator[None]:
    """Raise HangError in the block after so many seconds; only the main thread can be stopped."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(number: int, frame: object) -> None:
        raise HangError(f"not done after {seconds:.1f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def bounded_memory(spare: int) -> Iterator[None]:
    """Let the block take at most `spare` bytes of address space more; no bound but on Linux."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + spare
    if soft != resource.RLIM_INFINITY:
        most = min(most, soft)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
