"""`vocab.txt` of a packet encoder: the word pieces of ET-BERT's released vocabulary."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pclip.errors import PclipError
from pclip.files import read_bounded
from pclip.models.encoder_card import MAX_VOCABULARY, WORDS_FILE

SPECIALS = ("[PAD]", "[SEP]", "[CLS]", "[UNK]", "[MASK]")
"""The first five words, whose ids our token rows rely on."""
WORDS_FILES = (WORDS_FILE, "encryptd_vocab.txt")
"""Names that a checkpoint's vocabulary may have beside it; the second is the released one's."""
MAX_WORDS_BYTES = 16 * MAX_VOCABULARY


def read_words(path: Path, size: int) -> tuple[str, ...]:
    """The words of a vocabulary file by id, one a line.

    Args:
        path: the file.
        size: rows of the encoder's word table.

    Raises:
        PclipError: unreadable or too large; no text; other specials, a word twice, or as many words
            as another encoder has.
    """
    content = read_bounded(path, MAX_WORDS_BYTES)
    try:
        lines = content.decode("ascii").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise PclipError(
            f"{path} is no vocabulary of byte pairs: {error}; expected a word a line"
        ) from error
    words = tuple(lines[:-1] if lines[-1] == "" else lines)
    if words[: len(SPECIALS)] != SPECIALS:
        found = ", ".join(ascii(word[:20]) for word in words[: len(SPECIALS)])
        raise PclipError(f"{path} begins with {found or 'nothing'}, expected {', '.join(SPECIALS)}")
    if len(words) != size:
        raise PclipError(
            f"{path} has {len(words):,} words, the encoder's word table {size:,} rows: another "
            "model's vocabulary?"
        )
    (word, count), *_ = Counter(words).most_common(1)
    if count > 1:
        raise PclipError(f"{path} has the word {word[:20]!a} twice; fetch it again")
    return words


def words_beside(path: Path) -> Path:
    """The vocabulary file in the folder of a checkpoint.

    Raises:
        PclipError: there is none.
    """
    for name in WORDS_FILES:
        if (path.parent / name).is_file():
            return path.parent / name
    raise PclipError(
        f"{path} needs its vocabulary: put {' or '.join(WORDS_FILES)} beside it, or convert it: "
        f"pclip convert {path} FOLDER --vocabulary FILE"
    )
