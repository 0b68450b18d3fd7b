"""Makes the goldens beside this file anew: python -m tests.models.goldens.make

Needs the extra `parity`. The models are tiny and random; only another version of PyTorch or of
transformers gives other bytes.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.reference_models import KINDS, write_reference

SEED = 7


def main() -> None:
    """One folder a kind."""
    for kind in KINDS:
        write_reference(kind, Path(__file__).parent / kind, SEED)


if __name__ == "__main__":
    main()
