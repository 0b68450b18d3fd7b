"""A process that encodes 300 rows into a cache: two of them meet in the tests.

    python encode_apart.py FOLDER

Writes "block" after each block, waits for a line on standard input after the first one, and writes
the SHA-256 of all vectors at the end.
"""

import hashlib
import logging
import sys
from pathlib import Path

from pclip.embedding import cache, cached_vectors
from pclip.training.mesh import data_mesh
from tests.embedding.conftest import MeanEncoder, make_token_rows

BLOCK_ROWS = 40


def main(folder):
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout, force=True)
    cache.BLOCK_ROWS = BLOCK_ROWS

    done = []

    def tell():
        print("block", flush=True)
        done.append(1)
        if len(done) == 1:
            sys.stdin.readline()

    vectors = cached_vectors(
        MeanEncoder(), *make_token_rows(), folder, data_mesh(), what="rows", on_block=tell
    )
    print(hashlib.sha256(vectors.tobytes()).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
