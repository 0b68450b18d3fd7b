"""Progress bars: on a terminal for anything that takes a while, silent when piped."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

# A bar for less than two seconds is noise.
DELAY_S = 2.0
# How often the clock of a bar moves while nothing ends.
BEAT_S = 1.0


def progress(
    iterable: Iterable[Item],
    *,
    description: str,
    total: int | None = None,
    unit: str = "it",
    initial: int = 0,
    size: Callable[[Item], int] | None = None,
) -> Iterator[Item]:
    """Iterate and draw a bar on standard error if, and only if, that is a terminal.

    Args:
        iterable: what to go through.
        description: words before the bar.
        total: length in units, where the iterable does not know its own.
        unit: what is counted, for the rate.
        initial: how many were done before (a resumed run).
        size: how many units an item stands for; one where None.
    """
    with tqdm(
        iterable if size is None else None,
        desc=description,
        total=total,
        unit=unit,
        initial=initial,
        disable=not sys.stderr.isatty(),
        delay=DELAY_S,
        leave=False,
    ) as bar:
        if size is None:
            yield from bar
            return
        for item in iterable:
            yield item
            bar.update(size(item))


async def progress_of_tasks(
    tasks: Sequence[asyncio.Task[Item]], *, description: str, unit: str = "it"
) -> AsyncGenerator[asyncio.Task[Item], None]:
    """Wait for tasks and draw such a bar, whose clock goes on while none of them ends.

    To be closed by whoever leaves it early (`contextlib.aclosing`), or the bar stays until the
    event loop ends.

    Args:
        tasks: what to wait for.
        description: words before the bar.
        unit: what is counted, for the rate.

    Yields:
        Each task once it is done; those that end together in their order.
    """
    shown = sys.stderr.isatty()
    with tqdm(
        desc=description,
        total=len(tasks),
        unit=unit,
        disable=not shown,
        delay=DELAY_S,
        # A beat at which nothing has ended is drawn too.
        miniters=0,
        mininterval=0,
        # The rate is that of the whole wait: between two beats mostly nothing ends.
        smoothing=0,
        leave=False,
    ) as bar:
        waiting = list(tasks)
        while waiting:
            await asyncio.wait(
                waiting, timeout=BEAT_S if shown else None, return_when=asyncio.FIRST_COMPLETED
            )
            done = [task for task in waiting if task.done()]
            waiting = [task for task in waiting if task not in done]
            bar.update(len(done))
            for task in done:
                yield task


@contextlib.contextmanager
def beside_bars() -> Iterator[None]:
    """Bars are off the terminal while the block writes lines to standard error."""
    with tqdm.external_write_mode(file=sys.stderr):
        yield
