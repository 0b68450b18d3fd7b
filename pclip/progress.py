"""Progress bars: on a terminal for anything that takes a while, silent when piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


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
        # A bar for less than two seconds is noise.
        delay=2,
        leave=False,
    ) as bar:
        if size is None:
            yield from bar
            return
        for item in iterable:
            yield item
            bar.update(size(item))
