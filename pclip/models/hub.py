"""Encoders of the Hugging Face hub, fetched once into its cache on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from pclip.errors import PclipError
from pclip.models.encoder_card import TOKENIZER_FILES
from pclip.models.weight_files import SINGLE_FILES

SHORT_NAMES = {
    "roberta-base": "FacebookAI/roberta-base",
    "roberta-large": "FacebookAI/roberta-large",
}
"""Names without an owner that are known; any other model is named OWNER/MODEL."""

_ID = re.compile(
    r"(?P<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[\w.-]+))?", re.ASCII
)


class HubModel(NamedTuple):
    """A model of the hub: its folder on this machine, its repository, and the commit of that."""

    folder: Path
    repository: str
    revision: str


def is_hub_name(name: str) -> bool:
    """Whether a name may be one of the hub: a short one, or OWNER/MODEL, with or without @REVISION.

    A path of several parts, or one that begins with ".", "~" or "/", is none.
    """
    return _ID.fullmatch(_long(name)) is not None


def fetch(name: str) -> HubModel:
    """Fetch the config, the tokenizer and the weights of a model, where they are not here yet.

    Args:
        name: for which `is_hub_name` holds, and that is no folder.

    Raises:
        PclipError: no network and nothing fetched before, no such model, or no such revision.
    """
    found = _ID.fullmatch(_long(name))
    if found is None:
        raise ValueError(f"{name!r} is no name of the hub")
    repository, revision = found["repository"], found["revision"]
    weights, pickled = SINGLE_FILES
    folder = _snapshot(name, repository, revision, weights)
    if not any((folder / file).exists() for file in (weights, f"{weights}.index.json")):
        folder = _snapshot(name, repository, revision, pickled)
    return HubModel(folder, repository, folder.name)


def _long(name: str) -> str:
    short, at, revision = name.partition("@")
    return SHORT_NAMES.get(short, short) + at + revision


def _snapshot(name: str, repository: str, revision: str | None, weights: str) -> Path:
    # At import transformers' hub client may advise; texts alone need it.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HTTPError

    stem, suffix = os.path.splitext(weights)
    wanted = ["config.json", *TOKENIZER_FILES, weights, f"{weights}.index.json"]
    try:
        folder = snapshot_download(
            repository, revision=revision, allow_patterns=[*wanted, f"{stem}-*-of-*{suffix}"]
        )
    except (OSError, ValueError, HTTPError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise PclipError(
            f"there is no folder {name}, and {repository} cannot be fetched from the Hugging Face "
            f"hub ({reason}); a folder loads without a network"
        ) from error
    return Path(folder)
