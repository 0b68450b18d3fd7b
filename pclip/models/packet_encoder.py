"""ET-BERT as the packet encoder: by name, from a folder of ours, from a checkpoint of UER-py."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import jax
import jax.numpy as jnp

from pclip.errors import PclipError
from pclip.models.checkpoints import read_checkpoint
from pclip.models.encoder import encode
from pclip.models.encoder_card import (
    ARITHMETIC_VOCABULARY,
    NOT_STATED,
    WORDS_FILE,
    Provenance,
    is_encoder_folder,
)
from pclip.models.encoder_config import EncoderConfig
from pclip.models.encoder_folder import read_encoder
from pclip.models.parameters import Params, params_sha256, random_params
from pclip.models.pooling import length_mask, pool
from pclip.models.words import read_words, words_beside

RELEASED_VOCABULARY = 60_005
"""Lines of the vocabulary released with ET-BERT, whose ids are not arithmetic."""

_CONFIGS = {
    "et-bert-tiny": EncoderConfig(ARITHMETIC_VOCABULARY, width=128, layers=2, heads=2, ff=512),
    "et-bert-mini": EncoderConfig(
        ARITHMETIC_VOCABULARY, width=256, layers=4, heads=4, ff=1024, word_rank=64
    ),
    "et-bert-base": EncoderConfig(ARITHMETIC_VOCABULARY, width=768, layers=12, heads=12, ff=3072),
}
PACKET_ENCODERS = tuple(_CONFIGS)
RANDOM = ":random"
"""Behind a name, a folder or a file: its sizes and vocabulary with random weights, the control."""
PACKET_ENCODER_NAMES = (*PACKET_ENCODERS, *(name + RANDOM for name in PACKET_ENCODERS))
"""All names, those of the random controls among them."""
PACKET_ENCODERS_EXPECTED = (
    f"one of {', '.join(PACKET_ENCODERS)}, the folder of a packet encoder, or the checkpoint file "
    f"of an ET-BERT, each with or without {RANDOM} behind it"
)
"""What a packet encoder may be named by, for messages."""


@dataclass(frozen=True, eq=False)
class PacketEncoder:
    """A packet encoder and its weights.

    Attributes:
        name: the name, folder or file it was loaded by.
        config: its sizes.
        params: nested dict of float32 arrays.
        sha256: hash over the leaves of `params`.
        note: where the weights come from; belongs in every output made with them.
        pooling: "mean" over the tokens with [CLS], or "cls".
        words: its vocabulary of word pieces by id; none where ids are arithmetic.
        ignored: tensors of a checkpoint that the encoder has no use for.
        provenance: source, licence and hash of the source.
    """

    name: str
    config: EncoderConfig
    params: Params
    sha256: str
    note: str
    pooling: str = "mean"
    words: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    provenance: Provenance = NOT_STATED

    def apply_pooled(self, params: Params, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Packet vectors: the encoder's output, pooled.

        A pure function of its arguments, so it can be jitted and differentiated; the padded
        length S does not change the result.

        Args:
            params: parameters of this encoder's shapes.
            ids: int32 [B, S] token ids, zero padded on the right.
            lengths: int32 [B] tokens in each row, [CLS] included.

        Returns:
            float32 [B, W], not normalised.
        """
        mask = length_mask(lengths, ids.shape[1])
        hidden = encode(self.config, params, ids, uer_segments(mask), mask)
        return pool(hidden, mask, self.pooling)


def uer_segments(mask: jax.Array) -> jax.Array:
    """Segment ids of UER: 1 at the tokens of the first (only) sequence, 0 at padding.

    Args:
        mask: bool [B, S], True at tokens.

    Returns:
        int32 [B, S].
    """
    return mask.astype(jnp.int32)


def packet_encoder_config(
    name: str, *, vocabulary: int = ARITHMETIC_VOCABULARY, dtype: str = "float32"
) -> EncoderConfig:
    """Sizes of a packet encoder: 512 positions, 3 segments, UER LayerNorm.

    Args:
        name: one of `PACKET_ENCODERS`.
        vocabulary: 65,541 (arithmetic ids) or 60,005 (released ET-BERT).
        dtype: of the computation.

    Returns:
        The config.

    Raises:
        PclipError: unknown name or vocabulary.
    """
    if name not in _CONFIGS:
        raise PclipError(
            f"no packet encoder is called {name!r}; choose one of {', '.join(PACKET_ENCODERS)}"
        )
    if vocabulary not in (ARITHMETIC_VOCABULARY, RELEASED_VOCABULARY):
        raise PclipError(
            f"a packet vocabulary of {vocabulary} ids; expected {ARITHMETIC_VOCABULARY} "
            f"(arithmetic) or {RELEASED_VOCABULARY} (released ET-BERT)"
        )
    return replace(_CONFIGS[name], vocab_size=vocabulary, dtype=dtype)


def load_packet_encoder(
    name: str | os.PathLike[str],
    *,
    seed: int = 0,
    vocabulary: int | None = None,
    dtype: str = "float32",
    heads: int | None = None,
    words: Path | None = None,
) -> PacketEncoder:
    """A packet encoder by name, or from a folder or a file.

    Args:
        name: one of `PACKET_ENCODERS`: the weights that the package carries, or random ones where
            it carries none; a folder of ours; or a UER-py or ET-BERT checkpoint file. With
            `RANDOM` behind it: random weights of the same sizes.
        seed: of random weights, which depend on nothing else.
        vocabulary: ids of the word table, 65,541 (arithmetic) or 60,005 (released ET-BERT) for
            random weights, where None is arithmetic; weights that are read must have as many.
        dtype: of the computation.
        heads: attention heads of a checkpoint file; width / 64 where it is None.
        words: vocabulary of a checkpoint file; the vocab.txt or encryptd_vocab.txt beside it where
            it is None. An error where ids are arithmetic.

    Returns:
        The encoder; its note says whether it is pre-trained.

    Raises:
        PclipError: no such encoder, files that are damaged or do not fit each other, or another
            vocabulary than the one asked for.

    Source: sizes of UER-py, models/bert/{tiny,mini,base}_config.json.
    """
    name = os.fspath(name)
    base, random = name.removesuffix(RANDOM), name.endswith(RANDOM)
    named = base in PACKET_ENCODERS
    if named and (random or not is_encoder_folder(shipped_folder(base))):
        ids = ARITHMETIC_VOCABULARY if vocabulary is None else vocabulary
        return _random(name, packet_encoder_config(base, vocabulary=ids, dtype=dtype), seed)
    if named:
        encoder = _from_folder(shipped_folder(base), name, dtype)
    else:
        encoder = _from_path(Path(base).expanduser(), name, heads, words, dtype)
    if vocabulary not in (None, encoder.config.vocab_size):
        raise PclipError(
            f"{name} has a vocabulary of {encoder.config.vocab_size} ids, asked for is "
            f"{vocabulary}: random weights have it, {base if named else PACKET_ENCODERS[0]}{RANDOM}"
        )
    if random:
        return _random(name, encoder.config, seed, encoder.pooling, encoder.words)
    return encoder


def is_packet_encoder(name: str) -> bool:
    """Whether a name is known, or is that of a folder or a file."""
    base = name.removesuffix(RANDOM)
    return base in PACKET_ENCODERS or Path(base).expanduser().exists()


def shipped_folder(size: str) -> Path:
    """Where the package carries the pre-trained weights of a name, if it does."""
    return Path(str(resources.files("pclip"))) / "weights" / size


def _random(
    name: str, config: EncoderConfig, seed: int, pooling: str = "mean", words: tuple[str, ...] = ()
) -> PacketEncoder:
    params = random_params(config, seed)
    return PacketEncoder(
        name=name,
        config=config,
        params=params,
        sha256=params_sha256(params),
        note=f"random weights, seed {seed} (not pre-trained)",
        pooling=pooling,
        words=words,
        provenance=Provenance(f"drawn from seed {seed}", "Apache-2.0, as pclip"),
    )


def _from_path(
    path: Path, name: str, heads: int | None, words: Path | None, dtype: str
) -> PacketEncoder:
    if path.is_dir():
        return _from_folder(path, name, dtype)
    if path.is_file():
        return _from_checkpoint(path, name, heads, words, dtype)
    raise PclipError(
        f"no packet encoder is called {name!r} and there is no such folder or file; expected "
        f"{PACKET_ENCODERS_EXPECTED}"
    )


def _from_folder(folder: Path, name: str, dtype: str) -> PacketEncoder:
    stored = read_encoder(folder, dtype=dtype)
    card = stored.card
    if card.kind != "packet":
        raise PclipError(f"{folder} is an encoder of {card.kind}s, expected one of packets")
    released = card.vocabulary == "released"
    return PacketEncoder(
        name=name,
        config=card.config,
        params=stored.params,
        sha256=card.sha256,
        note=card.note,
        pooling=card.pooling,
        words=read_words(folder / WORDS_FILE, card.config.vocab_size) if released else (),
        provenance=card.provenance,
    )


def _from_checkpoint(
    path: Path, name: str, heads: int | None, words: Path | None, dtype: str
) -> PacketEncoder:
    found = read_checkpoint(path, heads=heads, dtype=dtype)
    size = found.config.vocab_size
    arithmetic = size == ARITHMETIC_VOCABULARY
    if arithmetic and words is not None:
        raise PclipError(
            f"{path} has the {size:,} ids of arithmetic byte pairs, which need no vocabulary; "
            f"leave out {words}, or give the checkpoint that it belongs to"
        )
    return PacketEncoder(
        name=name,
        config=found.config,
        params=found.params,
        sha256=params_sha256(found.params),
        note=f"weights of {path.name}",
        words=() if arithmetic else read_words(words or words_beside(path), size),
        ignored=found.ignored,
        provenance=Provenance(path.name, source_sha256=found.sha256),
    )
