"""What is derived from a recording, made at its end or anew: checks, tables of labels, datasheet.

python3 -m testbed.finish recordings/seven
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from testbed.checks import check
from testbed.datasheet import datasheet
from testbed.tables import label_tables

CHECKS, DATASHEET = "checks.json", "README.md"


class NoRecordingError(Exception):
    """A folder is no whole recording, or cannot be written to."""


def finish(folder: Path) -> dict:
    """Write checks.json, the tables of labels and the datasheet of a recording.

    Returns:
        what `testbed.checks.check` found.

    Raises:
        NoRecordingError: something is missing, malformed, or cannot be written.
    """
    try:
        if not folder.is_dir():
            raise ValueError("there is no such folder")
        if not list(folder.glob("*.pcap")):
            raise ValueError("it holds no .pcap; what is compressed has its datasheet already")
        found = check(folder)
        _write(folder / CHECKS, (json.dumps(found, indent=1) + "\n").encode())
        for name, content in label_tables(folder).items():
            _write(folder / name, content)
        _write(folder / DATASHEET, datasheet(folder).encode())
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"lacks the field {error}" if isinstance(error, KeyError) else error
        raise NoRecordingError(f"{folder} is no whole recording of the lab: {what}") from error
    return found


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: written aside, then renamed."""
    part = path.with_name(f".part-{path.name}")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def main(words: list[str]) -> int:
    """Finish the folder named; 2 where it is no recording."""
    if len(words) != 1:
        print("error: name one folder: python3 -m testbed.finish FOLDER", file=sys.stderr)
        return 2
    try:
        found = finish(Path(words[0]))
    except NoRecordingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{found['packets']:,} packets; see {Path(words[0]) / DATASHEET}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
