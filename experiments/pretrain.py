"""Pre-train a packet encoder; see configs/pretrain.py."""

from __future__ import annotations

from pclip.runs.command import main
from pclip.runs.pretraining import pretrain

if __name__ == "__main__":
    main(pretrain, __doc__)
