"""Captures of other projects: all are read, with the numbers of records that are known.

`public_counts.json` holds archive -> file -> [packets, link types], as the reader and Wireshark's
capinfos agree on them; benchmarks/public.py is the long form. After a change that is meant:
python -m tests.packets.test_public_captures FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from pclip.packets import CaptureError, bigram_tokens, flow_table, read_capture

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = Path(os.environ.get("PCLIP_PUBLIC_CAPTURES", ROOT.parent / "shared" / "data" / "public"))
COUNTS = Path(__file__).with_name("public_counts.json")
ARCHIVES = ("pcapplusplus", "scan-ng", "stopddos", "zeek")


def counts_of(archive: Path, folder: Path) -> dict[str, list]:
    """File -> [packets, link types] of every capture in an archive; reads tokens and flows too."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    found: dict[str, list] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            packets = read_capture(path)
        except CaptureError:
            continue
        assert len(bigram_tokens(packets)) == len(packets)
        assert ((flow_table(packets).flow_of_packet >= 0) == packets.usable).all()
        links = sorted({int(link) for link in packets.link_type})
        found[path.relative_to(folder).as_posix()] = [len(packets), links]
    return found


@pytest.mark.parametrize("name", ARCHIVES)
def test_public_captures_are_read(name: str, tmp_path: Path) -> None:
    archive = PUBLIC / f"{name}.tar.xz"
    if not archive.exists():
        pytest.skip(f"no {archive.name} in data/public of the shared data, looked for in {PUBLIC}")
    assert counts_of(archive, tmp_path) == json.loads(COUNTS.read_text())[name]


def test_the_table_is_that_of_the_report() -> None:
    """What stands in the committed report is what the tests check."""
    page = (ROOT / "docs" / "benchmarks" / "public.md").read_text()
    for name, files in json.loads(COUNTS.read_text()).items():
        packets = sum(count for count, _ in files.values())
        assert f"| {name} | {len(files):,} | {packets:,} |" in page


def main(folder: Path) -> None:
    """Write the table anew."""
    import tempfile

    tables = {}
    for name in ARCHIVES:
        with tempfile.TemporaryDirectory() as scratch:
            tables[name] = counts_of(folder / f"{name}.tar.xz", Path(scratch))
    lines = []
    for name, files in tables.items():
        rows = ",\n".join(f"  {json.dumps(file)}: {json.dumps(row)}" for file, row in files.items())
        lines.append(f" {json.dumps(name)}: {{\n{rows}\n }}")
    COUNTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
