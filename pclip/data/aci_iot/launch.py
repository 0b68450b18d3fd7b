"""Beam, where it is installed: its options, its pipeline, and what it says of a user's mistake."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Sequence
from typing import Any

from pclip.errors import PclipError

WHILE_RUNNING = re.compile(r"\s*\[while running '.*?'\]", re.DOTALL)
OWN_ERROR = re.compile(r"^(?:[\w.]*\.)?(?:PclipError|CaptureError): (.*)$", re.MULTILINE)


def beam_pipeline() -> Callable[..., Any]:
    """What makes the PTransform of `AciIot2023`.

    Raises:
        PclipError: Beam is not installed.
    """
    if importlib.util.find_spec("apache_beam") is None:
        raise PclipError(
            "runner is 'beam' and apache_beam is not installed; install pclip's extra beam "
            "(pip install -c constraints.txt -e '.[beam]'), or use --config.runner=local"
        )
    from pclip.data.aci_iot.beam import AciExamples

    return AciExamples


def parsed_options(words: Sequence[str]) -> Any:
    """Beam's options from words such as --runner=FlinkRunner.

    Raises:
        PclipError: Beam refuses them.
    """
    from apache_beam.options.pipeline_options import PipelineOptions

    options = PipelineOptions(list(words))
    odd = [word for word in words if not word.startswith("--")]
    if odd:
        raise PclipError(f"beam_options holds {odd[0]!r}: expected words such as --runner=...")
    return options


def own_message(error: Exception) -> str | None:
    """What a `PclipError` said that came through a runner, as itself or as text; None if none."""
    if isinstance(error, PclipError):
        return WHILE_RUNNING.sub("", str(error))
    found = OWN_ERROR.search(str(error))
    return WHILE_RUNNING.sub("", found[1]) if found else None
