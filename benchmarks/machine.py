"""What a report says about where it was made, and how its tables look."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from importlib import metadata

import numpy as np

import pclip


def machine() -> str:
    """Processor, cores, memory, system and the versions that matter, in one sentence."""
    name, memory = platform.processor() or platform.machine(), ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            name = next(x.split(":", 1)[1].strip() for x in lines if x.startswith("model name"))
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"
    except (OSError, StopIteration, ValueError):
        pass
    return (
        f"{name}, {os.cpu_count()} cores{memory}; {platform.system()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"zstandard {metadata.version('zstandard')}, pclip {pclip.__version__}"
    )


def today() -> str:
    """Date of the report, UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; columns whose first cell is a number are set right."""
    numbers = [str(cell)[:1].isdigit() for cell in rows[0]] if rows else [False] * len(head)
    lines = [head, ["--:" if number else "---" for number in numbers], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
