"""A language model by a few words: an endpoint recorded, or a record replayed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from pclip.errors import PclipError
from pclip.files import read_bounded
from pclip.llm.bounds import Bounds, Patience
from pclip.llm.client import Client
from pclip.llm.complete import Incomplete
from pclip.llm.endpoint import find_endpoint
from pclip.llm.replayed import Replay, replay
from pclip.llm.secret import MOST_CHARS


def connect(
    record: str | os.PathLike[str],
    *,
    base_url: str | None = None,
    model: str | None = None,
    key: str | None = None,
    temperature: float | None = None,
    seed: int = 0,
    patience: Patience | None = None,
    bounds: Bounds | None = None,
    again: bool = False,
    incomplete: Incomplete = "refuse",
) -> Client:
    """A client of an endpoint, which records.

    Args:
        record: the record's file; what it holds already is not asked again.
        base_url: of the endpoint; base URL, model and key come from the environment where they
            are None (`pclip.llm.endpoint.find_endpoint`).
        model: its name there.
        key: sent as a bearer token.
        temperature: as of `Client`, like all below.
        seed: likewise.
        patience: `Patience()` where None.
        bounds: `Bounds()` where None.
        again: likewise.
        incomplete: likewise.

    Raises:
        PclipError: there is no endpoint, or the record cannot be used.
    """
    return Client(
        find_endpoint(base_url, model, key),
        record,
        temperature=temperature,
        seed=seed,
        patience=patience or Patience(),
        bounds=bounds or Bounds(),
        again=again,
        incomplete=incomplete,
    )


def language_model(
    record: str | os.PathLike[str],
    *,
    live: bool,
    base_url: str | None = None,
    model: str | None = None,
    key_file: str | os.PathLike[str] | None = None,
    temperature: float | None = None,
    concurrency: int | None = None,
    answer_tokens: int | None = None,
    again: bool = False,
    incomplete: Incomplete = "refuse",
) -> Client | Replay:
    """A language model from a command's flags.

    Args:
        record: the record's file: served from, or added to if `live`.
        live: whether an endpoint is asked what the record does not hold.
        base_url: as of `connect`, like all below but `key_file`.
        model: likewise.
        key_file: a file that holds the key. A key among the arguments of a command would be in the
            shell's history and in the list of processes.
        temperature: likewise.
        concurrency: requests under way at a time.
        answer_tokens: bound on an answer, thoughts of a model that thinks included.
        again: likewise.
        incomplete: likewise.

    Raises:
        PclipError: there is no endpoint, or the record cannot be used.
    """
    if not live:
        return replay(record, incomplete=incomplete)
    bounds = {"concurrency": concurrency, "answer_tokens": answer_tokens}
    key = None
    if key_file is not None:
        key = read_bounded(Path(key_file), MOST_CHARS).decode("ascii", "replace").strip()
        if not key:
            raise PclipError(f"{key_file} is empty: expected the key for the language model")
    return connect(
        record,
        base_url=base_url,
        model=model,
        key=key,
        temperature=temperature,
        bounds=replace(Bounds(), **{k: n for k, n in bounds.items() if n is not None}),
        again=again,
        incomplete=incomplete,
    )
