"""`config.json` of an encoder folder: what an encoder is, its source, and the files it has."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pclip.documents import DocumentReader, parse_object
from pclip.errors import PclipError
from pclip.files import read_bounded
from pclip.models.bert_config import read_json_object
from pclip.models.encoder_config import EncoderConfig
from pclip.models.pooling import POOLINGS

FORMAT = "pclip-encoder"
SCHEMA = 1
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
WORDS_FILE = "vocab.txt"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""Files of a `transformers` tokenizer."""

ARITHMETIC_VOCABULARY = 5 + 65_536
"""Five specials and every byte pair: id = 5 + 256 * b_t + b_{t+1}."""

VOCABULARIES = {
    "packet": ("arithmetic", "released"),
    "text": ("tokenizer",),
}
"""What encoders of a kind may read: byte pairs as arithmetic ids or as the word pieces of a
`vocab.txt` (ET-BERT's released one), or texts by a tokenizer."""

MAX_CARD_BYTES = 2**20
# Sizes come from a file: beyond these an encoder is an attempt to fill the memory.
MAX_VOCABULARY = 2**20
MAX_WIDTH = 16_384
MAX_LAYERS = 64
MAX_POSITIONS = 2**16
MAX_SEGMENTS = 16


@dataclass(frozen=True)
class Provenance:
    """Where an encoder's weights come from.

    Attributes:
        source: a name, a file, a training run.
        licence: of the weights, in words.
        source_sha256: of the source's weights, see `files_sha256`; "" where there is no such file.
    """

    source: str = "not stated"
    licence: str = "not stated"
    source_sha256: str = ""


NOT_STATED = Provenance()


@dataclass(frozen=True)
class EncoderCard:
    """All that is said about an encoder.

    Attributes:
        kind: "packet" or "text".
        config: its sizes; the `dtype` in it is the reader's choice, not the file's.
        vocabulary: of `VOCABULARIES`.
        pooling: "mean" over the tokens, or "cls".
        source: what the weights were made from: a name, a file, a training run.
        licence: of the weights, in words.
        note: a few words that stand in every output made with the encoder.
        source_sha256: of the source's weights, see `files_sha256`; "" where there is no such file.
        sha256: of the parameters as float32, see `params_sha256`; `write_encoder` fills it in.
        files: name -> sha256 of each file beside config.json; `write_encoder` fills it in.
    """

    kind: str
    config: EncoderConfig
    vocabulary: str
    pooling: str
    source: str
    licence: str
    note: str
    source_sha256: str = ""
    sha256: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def provenance(self) -> Provenance:
        """Where the weights come from, apart from all else."""
        return Provenance(self.source, self.licence, self.source_sha256)

    def to_json(self) -> str:
        """The text of config.json; the same card gives the same bytes."""
        card = dataclasses.replace(self, config=dataclasses.replace(self.config, dtype="float32"))
        document = {"format": FORMAT, "schema": SCHEMA, **dataclasses.asdict(card)}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_card(folder: Path, *, dtype: str = "float32") -> EncoderCard:
    """What the config.json of an encoder folder says, checked; the other files are not looked at.

    Args:
        folder: an encoder folder.
        dtype: of the computation.

    Raises:
        PclipError: no such file, or one that cannot be used.
    """
    path = folder / CONFIG_FILE
    if not path.is_file():
        raise PclipError(
            f"{path}: no such file; an encoder folder holds {CONFIG_FILE} and {WEIGHTS_FILE}"
        )
    card = parse_card(read_bounded(path, MAX_CARD_BYTES), str(path))
    return dataclasses.replace(card, config=dataclasses.replace(card.config, dtype=dtype))


def is_encoder_folder(folder: Path) -> bool:
    """Whether a folder's config.json is ours, rather than that of a Hugging Face model."""
    path = folder / CONFIG_FILE
    return path.is_file() and read_json_object(path).get("format") == FORMAT


def parse_card(content: bytes, source: str) -> EncoderCard:
    """Read the content of a config.json that anybody may have written.

    Args:
        content: the file's bytes, bounded by the caller.
        source: its name, for messages.

    Raises:
        PclipError: not JSON, another format, a field that is missing, unknown or of no use.
    """
    document = parse_object(content, source, "an encoder's config")
    reader = DocumentReader(source)
    kind = document.pop("format", None)
    if kind != FORMAT:
        reader.fail("format", kind, f"{FORMAT}; `pclip convert` makes it of other encoders")
    reader.schema(document, SCHEMA, "encoder")
    for name in ("source_sha256", "sha256", "files"):
        if name not in document:
            reader.fail(name, "nothing", "this field to be present")
    card = reader.read(EncoderCard, document, "")
    _check(card, reader)
    return card


def _check(card: EncoderCard, reader: DocumentReader) -> None:
    """What the types alone do not say."""
    config = card.config
    reader.one_of("kind", card.kind, tuple(VOCABULARIES))
    reader.one_of("vocabulary", card.vocabulary, VOCABULARIES[card.kind])
    reader.one_of("pooling", card.pooling, POOLINGS)
    for name, most in (
        ("vocab_size", MAX_VOCABULARY),
        ("width", MAX_WIDTH),
        ("layers", MAX_LAYERS),
        ("ff", 4 * MAX_WIDTH),
        ("positions", MAX_POSITIONS),
        ("segments", MAX_SEGMENTS),
    ):
        reader.within(f"config.{name}", getattr(config, name), most)
    if card.vocabulary == "arithmetic" and config.vocab_size != ARITHMETIC_VOCABULARY:
        reader.fail("config.vocab_size", config.vocab_size, f"{ARITHMETIC_VOCABULARY} ids")
    if card.kind == "packet" and config.segments < 2:
        reader.fail("config.segments", config.segments, "at least 2: padding and the packet")
    for name, digest in (
        ("sha256", card.sha256),
        *((f"files.{name}", digest) for name, digest in card.files.items()),
        *([("source_sha256", card.source_sha256)] if card.source_sha256 else []),
    ):
        reader.sha256(name, digest)
    known = known_files(card.kind, card.vocabulary)
    for name in card.files:
        reader.one_of("files", name, known)
    needed = {WEIGHTS_FILE, WORDS_FILE} if card.vocabulary == "released" else {WEIGHTS_FILE}
    for name in sorted(needed - card.files.keys()):
        reader.fail("files", list(card.files), f"{name} among them")


def known_files(kind: str, vocabulary: str) -> tuple[str, ...]:
    """Names of the files that an encoder folder may hold beside its config and its README."""
    if kind == "text":
        return (WEIGHTS_FILE, *TOKENIZER_FILES)
    return (WEIGHTS_FILE, WORDS_FILE) if vocabulary == "released" else (WEIGHTS_FILE,)
