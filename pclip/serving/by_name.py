"""Models and encoders by name or folder, and the verbs of `import pclip` that take one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal, overload

from pclip.errors import PclipError
from pclip.models import encoder_card, student_folder
from pclip.models.convert import UnknownEncoderError, encoder_kind, load_encoder
from pclip.models.encoder_card import CONFIG_FILE
from pclip.models.hub import is_hub_name
from pclip.models.packet_encoder import PACKET_ENCODERS, PacketEncoder
from pclip.models.text_encoder import TEXT_ENCODERS, TextEncoder
from pclip.serving.answers import ZeroShotAnswer
from pclip.serving.artefact import MANIFEST_FILE, WEIGHTS_FILE, load_artefact
from pclip.serving.detections import Detections
from pclip.serving.model import PclipModel
from pclip.serving.traffic import Capture

DEFAULT_MODEL = "pclip-mini"
RUN_FILE = "environment.json"
"""What the folder of a run holds beside a config.json."""

Model = str | os.PathLike[str] | PclipModel


@overload
def load(name: Literal["pclip-mini"] = ...) -> PclipModel: ...
@overload
def load(name: Literal["minilm", "roberta-base", "roberta-large"]) -> TextEncoder: ...
@overload
def load(name: Literal["et-bert-tiny", "et-bert-mini", "et-bert-base"]) -> PacketEncoder: ...
@overload
def load(name: str | os.PathLike[str]) -> PclipModel | PacketEncoder | TextEncoder: ...
def load(
    name: str | os.PathLike[str] = DEFAULT_MODEL,
) -> PclipModel | PacketEncoder | TextEncoder:
    """A trained model or an encoder, whichever a name, a folder or a file is.

    Args:
        name: a trained model, "pclip-mini" or a folder with `manifest.json` and
            `weights.safetensors`; a packet encoder, "et-bert-mini", a folder that `pclip convert`
            made or an ET-BERT's checkpoint file, with ":random" behind it its untrained control; a
            text encoder, "minilm", the folder of a BERT or RoBERTa model, or a name of the Hugging
            Face hub such as "roberta-base" or "OWNER/MODEL@REVISION".

    Returns:
        A `PclipModel`, a `PacketEncoder` or a `TextEncoder`; `load_model` is for the first alone.

    Raises:
        PclipError: there is no such thing, it is damaged, or there is no network to fetch it.
    """
    if is_model(name):
        return load_model(name)
    if not os.fspath(name):
        raise PclipError(f"the name is empty; known by name: {_known_models()}, or give a folder")
    folder = Path(name).expanduser()
    if folder.is_dir():
        _check_folder(folder)
    try:
        return load_encoder(name)
    except UnknownEncoderError as error:
        raise PclipError(
            f"no model is called {os.fspath(name)!r}, known by name: {_known_models()}; and {error}"
        ) from error


def _check_folder(folder: Path) -> None:
    """Refuse a folder that a run left and that is no encoder, saying what it is.

    Raises:
        PclipError: a student, the folder of a run, or one that holds nothing of ours.
    """
    if (folder / student_folder.CARD_FILE).is_file():
        raise PclipError(
            f"{folder} holds a student of an encoder, which pclip.models.read_student reads; "
            "models cannot be trained over it (docs/student.md)"
        )
    if (folder / RUN_FILE).is_file():
        inside = sorted(path.parent.name for path in folder.glob(f"*/{encoder_card.WEIGHTS_FILE}"))
        where = f": give {folder / inside[0]}" if inside else ""
        raise PclipError(f"{folder} is the folder of a run, not of a model or an encoder{where}")
    if not (folder / CONFIG_FILE).is_file():
        raise PclipError(
            f"{folder} holds neither the {MANIFEST_FILE} of a trained model nor the {CONFIG_FILE} "
            "of an encoder"
        )


def load_model(name: str | os.PathLike[str] = DEFAULT_MODEL) -> PclipModel:
    """A trained model by name or from its folder; nothing is downloaded.

    Args:
        name: "pclip-mini", or a folder with `manifest.json` and `weights.safetensors`.

    Raises:
        PclipError: no such model, or a folder that is damaged.
    """
    return PclipModel(load_artefact(model_folder(name)))


def is_model(name: str | os.PathLike[str]) -> bool:
    """Whether a name is a trained model's, or that of a folder with a manifest."""
    return name in packaged_models() or (Path(name).expanduser() / MANIFEST_FILE).is_file()


def refuse_other_kinds(
    name: str | os.PathLike[str], wanted: Literal["packet", "text"] | None = None
) -> None:
    """Refuse a name that means another thing than an encoder, before anything is read or fetched.

    Args:
        name: a name, a folder or a file.
        wanted: what the encoder has to read; None for either.

    Raises:
        PclipError: a trained model, or an encoder of the other kind.
    """
    shown, expected = os.fspath(name), f"an encoder of {wanted}s" if wanted else "an encoder"
    if is_model(name):
        raise PclipError(
            f"{shown} is a trained model, expected {expected}; `pclip info {shown}` names the "
            "encoders that it was trained over"
        )
    if wanted and (kind := encoder_kind(name)) != wanted:
        known = PACKET_ENCODERS if wanted == "packet" else TEXT_ENCODERS
        fetched = is_hub_name(shown) and not Path(name).expanduser().exists()
        where = " of the Hugging Face hub, for there is no such folder" if fetched else ""
        raise PclipError(
            f"{shown} is an encoder of {kind}s{where}; expected {expected}, such as "
            f"{', '.join(known)}"
        )


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
        raise PclipError(
            f"no model is called {str(model)!r} and there is no such folder; known by name: "
            f"{_known_models()}; or give a folder with {MANIFEST_FILE} and {WEIGHTS_FILE}"
        )
    return folder


def _known_models() -> str:
    return ", ".join(packaged_models()) or "none (this installation carries no model)"


def _ready(model: Model) -> PclipModel:
    if isinstance(model, PclipModel):
        return model
    # The package's own models do not change under a running program; a user's folder may.
    if isinstance(model, str) and model in packaged_models():
        return _packaged(model)
    return load_model(model)


@lru_cache(maxsize=2)
def _packaged(name: str) -> PclipModel:
    return load_model(name)
