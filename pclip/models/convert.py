"""Any encoder that can be loaded, of packets or of texts, and its way into our own format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pclip.errors import PclipError
from pclip.models.encoder_card import WORDS_FILE, EncoderCard, is_encoder_folder, read_card
from pclip.models.encoder_folder import write_encoder
from pclip.models.hub import SHORT_NAMES, is_hub_name
from pclip.models.packet_encoder import (
    PACKET_ENCODER_NAMES,
    PACKET_ENCODERS,
    RANDOM,
    PacketEncoder,
    load_packet_encoder,
)
from pclip.models.text_encoder import TEXT_ENCODERS, TextEncoder, load_text_encoder
from pclip.models.tokenizer_files import tokenizer_contents


class UnknownEncoderError(PclipError):
    """A name that is no encoder's, and no folder's or file's either."""


def load_encoder(
    name: str | os.PathLike[str],
    *,
    heads: int | None = None,
    words: Path | None = None,
    dtype: str = "float32",
) -> PacketEncoder | TextEncoder:
    """An encoder of packets or of texts, whichever a name, a folder or a file is.

    Args:
        name: as `load_packet_encoder` and `load_text_encoder` take it; a file is an ET-BERT's.
        heads: attention heads of a checkpoint file, see `load_packet_encoder`.
        words: vocabulary of a checkpoint file, see `load_packet_encoder`.
        dtype: of the computation.

    Raises:
        UnknownEncoderError: no such encoder.
        PclipError: one that cannot be read; `heads` or `words` for anything but
            a checkpoint file.
    """
    text = os.fspath(name)
    of_file = text not in PACKET_ENCODER_NAMES and _base(text).is_file()
    if not of_file and (heads is not None or words is not None):
        raise PclipError(
            f"heads and a vocabulary are said of a checkpoint file, {text} is none: leave them out"
        )
    if encoder_kind(text) == "packet":
        return load_packet_encoder(text, heads=heads, words=words, dtype=dtype)
    return load_text_encoder(text, dtype=dtype)


def encoder_kind(name: str | os.PathLike[str]) -> Literal["packet", "text"]:
    """What an encoder reads, by its name, folder or file; no weights are read or fetched.

    Args:
        name: as `load_encoder` takes it.

    Raises:
        UnknownEncoderError: no such encoder.
        PclipError: a folder whose config.json cannot be read.
    """
    text = os.fspath(name)
    base = _base(text)
    if text in PACKET_ENCODER_NAMES or base.is_file():
        return "packet"
    if base.is_dir() and is_encoder_folder(base):
        return "packet" if read_card(base).kind == "packet" else "text"
    if text in TEXT_ENCODERS or Path(text).expanduser().is_dir() or is_hub_name(text):
        return "text"
    raise UnknownEncoderError(
        f"no encoder is called {text!r} and there is no such folder or file; known by name: "
        f"{', '.join((*PACKET_ENCODERS, *TEXT_ENCODERS))}; from the Hugging Face hub: "
        f"{', '.join(SHORT_NAMES)}, OWNER/MODEL; {RANDOM} may stand behind a packet encoder"
    )


def _base(name: str) -> Path:
    """The folder or file that a name means, if it means one."""
    return Path(name.removesuffix(RANDOM)).expanduser()


def save_encoder(
    encoder: PacketEncoder | TextEncoder,
    folder: str | os.PathLike[str],
    *,
    licence: str | None = None,
    storage: str = "float32",
    model_card: str = "",
) -> EncoderCard:
    """Write an encoder in our own format.

    Args:
        encoder: of packets or of texts.
        folder: a name that is free, or an empty folder.
        licence: of the weights, in words; the encoder's own where it is None.
        storage: "float32" or "float16", see `write_encoder`.
        model_card: Markdown that README.md says below its table.

    Returns:
        The card as written.

    Raises:
        PclipError: as `write_encoder`.
    """
    if isinstance(encoder, PacketEncoder):
        kind, vocabulary = "packet", "released" if encoder.words else "arithmetic"
        lines = "".join(f"{word}\n" for word in encoder.words)
        files = {WORDS_FILE: lines.encode()} if encoder.words else {}
    else:
        kind, vocabulary = "text", "tokenizer"
        files = tokenizer_contents(encoder.tokenizer)
    card = EncoderCard(
        kind=kind,
        config=encoder.config,
        vocabulary=vocabulary,
        pooling=encoder.pooling,
        source=encoder.provenance.source,
        licence=licence or encoder.provenance.licence,
        note=encoder.note,
        source_sha256=encoder.provenance.source_sha256,
    )
    return write_encoder(
        folder, encoder.params, card, storage=storage, files=files, model_card=model_card
    )
