"""Compressed captures read as far as they go: what a cut or damaged file still gives."""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import zstandard

XZ_MAGIC = b"\xfd7zXZ\x00"
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
"""A zstd frame that holds nothing, as some writers put first."""

INPUT_BYTES = 4096
"""Fed at once: at a damaged place no more than what these bytes gave is lost."""

OUTPUT_BYTES = 2**20
"""Taken at once, so that a small file which decompresses to a huge one never stands in memory."""

WINDOW = 2**27
"""As `zstd -d` allows without being asked, twice what `xz -9` needs: a header that claims more must
not fill the memory."""

ZSTD_INPUT_BYTES = 512
"""Blocks of 128 KiB may take four bytes each: this many give at most 16 MiB."""

GZIP_WINDOW = 31
"""zlib's word for "a gzip header and the largest window"."""


class DamagedError(Exception):
    """Compressed data is cut or damaged; what was read before stands."""


class NothingLeftError(OSError):
    """Compressed data is cut or damaged before it gave a byte: there is nothing to read."""


def decompressed(raw: IO[bytes]) -> Iterator[bytes]:
    """Pieces of a file's content, decompressed where it starts as .xz, .gz or .zst does.

    Several compressed streams in a row are one content, as for the tools; zeros between and after
    them are padding.

    Args:
        raw: the file, open at its beginning.

    Raises:
        DamagedError: after the last piece that could be read.
        NothingLeftError: no byte could be read.
    """
    # Standard input cannot be wound back, so what was looked at is handed on.
    head = raw.read(len(XZ_MAGIC))
    if head == XZ_MAGIC:
        yield from _streams(head, raw, lambda: lzma.LZMADecompressor(memlimit=WINDOW), _xz)
    elif head.startswith(GZIP_MAGIC):
        yield from _streams(head, raw, lambda: zlib.decompressobj(GZIP_WINDOW), _gzip)
    elif head.startswith(ZSTD_MAGIC) or SKIPPABLE.match(head):
        yield from _streams(head, raw, _ZstdFrame, _ZstdFrame.feed)
    else:
        if head:
            yield head
        while piece := raw.read(OUTPUT_BYTES):
            yield piece


def _streams(
    head: bytes,
    raw: IO[bytes],
    start: Callable[[], Any],
    feed: Callable[[Any, bytes], Iterator[bytes]],
) -> Iterator[bytes]:
    decoder: Any = None
    rest, given = head, 0
    while True:
        data = rest or raw.read(INPUT_BYTES)
        rest = b""
        if not data:
            break
        if decoder is None:
            data = data.lstrip(b"\0")
            if not data:
                continue
            decoder = start()
        try:
            for piece in feed(decoder, data):
                given += len(piece)
                yield piece
        except (lzma.LZMAError, zlib.error, zstandard.ZstdError) as error:
            if not given:
                raise NothingLeftError(f"its compressed data is damaged ({error})") from error
            raise DamagedError(str(error)) from error
        if decoder.eof:
            decoder, rest = None, decoder.unused_data
    if decoder is not None:
        if not given:
            raise NothingLeftError("it was cut before its first compressed block was whole")
        raise DamagedError("the file ends within it")


def _xz(decoder: lzma.LZMADecompressor, data: bytes) -> Iterator[bytes]:
    yield decoder.decompress(data, OUTPUT_BYTES)
    while not (decoder.eof or decoder.needs_input):
        yield decoder.decompress(b"", OUTPUT_BYTES)


def _gzip(decoder: Any, data: bytes) -> Iterator[bytes]:
    while data and not decoder.eof:
        yield decoder.decompress(data, OUTPUT_BYTES)
        data = decoder.unconsumed_tail


class _ZstdFrame:
    """One zstd frame, fed in small steps: a few bytes of it may stand for many."""

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj()
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        for first in range(0, len(data), ZSTD_INPUT_BYTES):
            yield self._decoder.decompress(data[first : first + ZSTD_INPUT_BYTES])
            if self.eof:
                self.unused_data = self._decoder.unused_data + data[first + ZSTD_INPUT_BYTES :]
                return
