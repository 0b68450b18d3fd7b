"""Models by name or folder, and the verbs of `import pclip` that take one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from pclip.errors import PclipError
from pclip.serving.answers import ZeroShotAnswer
from pclip.serving.artefact import MANIFEST_FILE, WEIGHTS_FILE, load_artefact
from pclip.serving.detections import Detections
from pclip.serving.model import PclipModel
from pclip.serving.traffic import Capture

DEFAULT_MODEL = "pclip-mini"

Model = str | os.PathLike[str] | PclipModel


def load(model: str | os.PathLike[str] = DEFAULT_MODEL) -> PclipModel:
    """A model by name or from its folder; nothing is downloaded.

    Args:
        model: "pclip-mini", or a folder with `manifest.json` and `weights.safetensors`.

    Raises:
        PclipError: no such model, or a folder that is damaged.
    """
    return PclipModel(load_artefact(model_folder(model)))


def zero_shot(
    capture: Capture, texts: Sequence[str], model: Model = DEFAULT_MODEL
) -> ZeroShotAnswer:
    """Say which of the texts each packet of a capture lies nearest to.

    Args, Returns and Raises: as `PclipModel.zero_shot`; `model` is a name, a folder or a model.
    """
    return _ready(model).zero_shot(capture, texts)


def detect(capture: Capture, model: Model = DEFAULT_MODEL) -> Detections:
    """Judge each usable packet of a capture.

    Args, Returns and Raises: as `PclipModel.detect`; `model` is a name, a folder or a model.
    """
    return _ready(model).detect(capture)


def packaged_models() -> dict[str, Path]:
    """Name -> folder of the models that the package carries."""
    root = Path(str(resources.files("pclip"))) / "weights"
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{MANIFEST_FILE}"))}


def model_folder(model: str | os.PathLike[str]) -> Path:
    """The folder of a model.

    Raises:
        PclipError: neither a model of the package nor a folder.
    """
    packaged = packaged_models()
    if isinstance(model, str) and model in packaged:
        return packaged[model]
    folder = Path(model)
    if not folder.is_dir():
        known = ", ".join(packaged) or "none (this installation carries no model)"
        raise PclipError(
            f"no model is called {str(model)!r} and there is no such folder; known by name: "
            f"{known}; or give a folder with {MANIFEST_FILE} and {WEIGHTS_FILE}"
        )
    return folder


def _ready(model: Model) -> PclipModel:
    if isinstance(model, PclipModel):
        return model
    # The package's own models do not change under a running program; a user's folder may.
    if isinstance(model, str) and model in packaged_models():
        return _packaged(model)
    return load(model)


@lru_cache(maxsize=2)
def _packaged(name: str) -> PclipModel:
    return load(name)
