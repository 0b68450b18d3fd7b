"""Ctrl-C: a command says so in one line and is gone, with exit code 130."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

INTERRUPTED = 130
"""What a shell reports of a program that SIGINT ended: 128 + 2."""


def leave(message: str) -> NoReturn:
    """End the process of a command whose stack `KeyboardInterrupt` has unwound.

    Not by `sys.exit`: XLA's threads may be at a step whose arrays belong to NumPy. The interpreter
    would wait until they are done, tens of seconds with a large step, and be taken down before
    they give those arrays back, which ends in a segmentation fault as often as not. Nothing is
    left to put in order: files are whole or absent (`pclip.files`), and locks go with the process.

    Args:
        message: what is said on standard error.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is impatient presses twice
    try:
        print(message, file=sys.stderr, flush=True)
        sys.stdout.flush()
    finally:
        os._exit(INTERRUPTED)
