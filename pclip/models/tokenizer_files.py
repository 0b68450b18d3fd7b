"""Tokenizers of texts: `transformers`' own, read from a folder and held against the encoder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from pclip.errors import PclipError
from pclip.models.bert_config import read_json_object
from pclip.models.encoder_card import TOKENIZER_FILES
from pclip.models.encoder_config import EncoderConfig

_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json")


def load_tokenizer(folder: Path, config: EncoderConfig) -> Any:
    """The tokenizer in a folder.

    Args:
        folder: with tokenizer.json, vocab.txt or vocab.json.
        config: of the encoder that it is for.

    Returns:
        A `transformers` tokenizer.

    Raises:
        PclipError: none there, a damaged one, or one with other ids than the encoder's.
    """
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        # transformers would make a tokenizer with an empty vocabulary and say nothing.
        raise PclipError(f"{folder} holds no tokenizer; expected {' or '.join(_VOCABULARIES)}")
    if (folder / "tokenizer.json").is_file():
        read_json_object(folder / "tokenizer.json")
    # At import transformers advises to install PyTorch, of which a tokenizer has no need.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import AutoTokenizer  # takes seconds, and only texts need it

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            # Without a word on it, transformers asks a terminal whether to run a folder's code.
            str(folder),
            local_files_only=True,
            trust_remote_code=False,
        )
    except Exception as error:  # of a damaged file `tokenizers` says so by a bare Exception
        raise PclipError(f"cannot read the tokenizer in {folder}: {error}") from error
    most = max([len(tokenizer) - 1, *tokenizer.get_vocab().values()])
    if most >= config.vocab_size:
        raise PclipError(
            f"the tokenizer in {folder} has {most + 1} entries, config.json a vocabulary of "
            f"{config.vocab_size}: another model's tokenizer?"
        )
    if tokenizer.pad_token_id != config.pad_id:
        raise PclipError(
            f"the tokenizer in {folder} pads with id {tokenizer.pad_token_id}, config.json says "
            f"{config.pad_id}: another model's tokenizer?"
        )
    return tokenizer


def tokenizer_contents(tokenizer: Any) -> dict[str, bytes]:
    """Name -> content of the files of a tokenizer, which say by themselves of which class it is.

    Where only a vocab.txt was read, transformers knew the class from the model's own config.json.
    """
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        paths = (Path(folder) / name for name in TOKENIZER_FILES)
        return {path.name: path.read_bytes() for path in paths if path.is_file()}
