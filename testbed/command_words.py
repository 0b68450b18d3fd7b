"""Command lines written as people write them."""

from __future__ import annotations


def words(text: str, *more: str) -> list[str]:
    """A command line's words; `more` are words that hold spaces."""
    return [*text.split(), *more]
