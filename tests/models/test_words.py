"""Vocabulary files of packet encoders."""

from __future__ import annotations

from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.models.words import SPECIALS, read_words, words_beside

WORDS = (*SPECIALS, "00", "##00")


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_word_a_line(tmp_path: Path, end: str) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes(((end or "\n").join(WORDS) + end).encode())
    assert read_words(path, len(WORDS)) == WORDS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with nothing, expected"),
        (b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n00\n##00\n", r"begins with '\[PAD\]', '\[UNK\]'"),
        ("\n".join((*WORDS, "01")).encode(), "has 8 words, the encoder's word table 7 rows"),
        ("\n".join((*WORDS[:-1], "00")).encode(), "has the word '00' twice"),
        ("\n".join((*WORDS[:-1], "é")).encode(), "is no vocabulary of byte pairs"),
        (b"\x1b" * 100, r"begins with '\\x1b"),
        (b"x" * (16 * 2**20 + 1), "is larger than"),
    ],
)
def test_rubbish_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(PclipError, match=said) as caught:
        read_words(path, len(WORDS))
    assert str(path) in str(caught.value)


def test_a_checkpoints_vocabulary_lies_beside_it(tmp_path: Path) -> None:
    checkpoint = tmp_path / "model.bin"
    with pytest.raises(PclipError, match=r"put vocab.txt or encryptd_vocab.txt beside it, or conv"):
        words_beside(checkpoint)
    (tmp_path / "encryptd_vocab.txt").touch()
    assert words_beside(checkpoint) == tmp_path / "encryptd_vocab.txt"
    (tmp_path / "vocab.txt").touch()
    assert words_beside(checkpoint) == tmp_path / "vocab.txt"
