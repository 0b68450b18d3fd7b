"""Compressed captures read as far as they go: what a cut or damaged file still gives."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

XZ_MAGIC = b"\xfd7zXZ\x00"
GZIP_MAGIC = b"\x1f\x8b"

INPUT_BYTES = 4096
"""Fed at once: at a damaged place no more than what these bytes gave is lost."""

OUTPUT_BYTES = 2**20
"""Taken at once, so that a small file which decompresses to a huge one never stands in memory."""

GZIP_WINDOW = 31
"""zlib's word for "a gzip header and the largest window"."""


class DamagedError(Exception):
    """Compressed data is cut or damaged; what was read before stands."""


def decompressed(raw: IO[bytes]) -> Iterator[bytes]:
    """Pieces of a file's content, decompressed where it starts as .xz or .gz does.

    Several compressed streams in a row are one content, as for the tools; zeros between and after
    them are padding.

    Args:
        raw: the file, open at its beginning.

    Raises:
        DamagedError: after the last piece that could be read.
    """
    head = raw.read(len(XZ_MAGIC))
    raw.seek(0)
    if head == XZ_MAGIC:
        yield from _streams(raw, lzma.LZMADecompressor, _xz)
    elif head.startswith(GZIP_MAGIC):
        yield from _streams(raw, lambda: zlib.decompressobj(GZIP_WINDOW), _gzip)
    else:
        while piece := raw.read(OUTPUT_BYTES):
            yield piece


def _streams(
    raw: IO[bytes], start: Callable[[], Any], feed: Callable[[Any, bytes], Iterator[bytes]]
) -> Iterator[bytes]:
    decoder: Any = None
    rest = b""
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
            yield from feed(decoder, data)
        except (lzma.LZMAError, zlib.error) as error:
            raise DamagedError(str(error)) from error
        if decoder.eof:
            decoder, rest = None, decoder.unused_data
    if decoder is not None:
        raise DamagedError("the file ends within it")


def _xz(decoder: lzma.LZMADecompressor, data: bytes) -> Iterator[bytes]:
    yield decoder.decompress(data, OUTPUT_BYTES)
    while not (decoder.eof or decoder.needs_input):
        yield decoder.decompress(b"", OUTPUT_BYTES)


def _gzip(decoder: Any, data: bytes) -> Iterator[bytes]:
    while data and not decoder.eof:
        yield decoder.decompress(data, OUTPUT_BYTES)
        data = decoder.unconsumed_tail
