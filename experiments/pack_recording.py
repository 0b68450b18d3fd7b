"""A recording of the lab as it ships: compressed, with distinct inputs per class in its datasheet.

python -m experiments.pack_recording --recording=recordings/7 --out=pclip/data/testbed
"""

from __future__ import annotations

import argparse
import json
import lzma
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from experiments import script
from pclip.data import Dataset, load_recording
from pclip.errors import PclipError
from pclip.packets import bigram_tokens
from testbed.checks import check, failed
from testbed.finish import CHECKS

# Large files of a recording -> compressed; small ones stay readable.
COMPRESSED = ("*.pcap", "scenario.json", "executed.jsonl")
AS_IT_IS = (
    "labels.csv", "isolation.txt", "versions.txt", CHECKS, "packets.csv.xz", "flows.csv.xz",
)  # fmt: skip
# What tcpdump said at its end: how much it lost.
LOGS = "round*.log"
# What a datasheet counts; the control `nameless` is no way to train a model.
COUNTED_POLICIES = ("legacy38", "paper", "identity_free")
NEEDED = ("README.md", "scenario.json", "executed.jsonl", *AS_IT_IS)


def pack(recording: Path, out: Path) -> Dataset:
    """Write the recording into the new folder `out`.

    Raises:
        PclipError: `recording` is not whole or fails a check, `out` is there already or cannot be
            written.
    """
    missing = [name for name in NEEDED if not (recording / name).is_file()]
    if missing:
        raise PclipError(
            f"{recording} is no whole recording: it lacks {', '.join(missing)}; "
            "`python3 -m testbed` writes them"
        )
    wrong = failed(_checked(recording))
    if wrong:
        raise PclipError(f"{recording} fails a check: {'; '.join(wrong)}; record it again")
    if out.exists():
        raise PclipError(f"{out} is there already; remove it or name another folder with --out")
    dataset = load_recording(recording)
    part = out.with_name(f".part-{out.name}")
    try:
        _write(recording, part, dataset)
        part.rename(out)
    except OSError as error:
        raise PclipError(
            f"cannot write {out}: {error.strerror or error}; nothing was left under that name"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return dataset


def _checked(recording: Path) -> dict:
    """What the checks find now, which must be what the recording's datasheet was made from."""
    try:
        found = check(recording)
        written = json.loads((recording / CHECKS).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PclipError(f"{recording} cannot be checked: {error}") from error
    if found != written:
        raise PclipError(
            f"{recording / CHECKS} is not what the recording gives; make it and the datasheet anew "
            f"with `python3 -m testbed.finish {recording}`"
        )
    return found


def _write(recording: Path, part: Path, dataset: Dataset) -> None:
    # What a killed run may have left.
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in _matching(recording, COMPRESSED):
        packed = lzma.compress(path.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
        (part / f"{path.name}.xz").write_bytes(packed)
    for path in _matching(recording, (*AS_IT_IS, LOGS)):
        shutil.copyfile(path, part / path.name)
    sheet = (recording / "README.md").read_text(encoding="utf-8")
    size = sum(path.stat().st_size for path in part.iterdir())
    text = f"{sheet}\n{inputs_section(dataset)}\nPacked: {size / 1e6:.1f} MB.\n"
    (part / "README.md").write_text(text, encoding="utf-8")


def _matching(folder: Path, patterns: Iterable[str]) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def inputs_section(dataset: Dataset) -> str:
    """The part of the datasheet that only who reads packets can write."""
    usable = dataset.packets.usable
    lines = [
        "## Distinct inputs",
        "Different rows of 128 bigram tokens among a class's IP packets, by byte policy:",
        "",
        f"| class | {' | '.join(COUNTED_POLICIES)} |",
        f"|---|{'---:|' * len(COUNTED_POLICIES)}",
    ]
    tokens = [bigram_tokens(dataset.packets, policy).ids for policy in COUNTED_POLICIES]
    for number, name in enumerate((*dataset.classes, "all")):
        rows = usable & ((dataset.labels == number) | (name == "all"))
        counts = [len(np.unique(ids[rows], axis=0)) for ids in tokens]
        lines.append(f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |")
    lines += ["", f"{int(usable.sum()):,} of {len(usable):,} packets are IPv4 or IPv6."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Parse the command line, pack, say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recording", type=Path, required=True, help="folder of a recording")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    words = parser.parse_args()
    dataset = pack(words.recording, words.out)
    print(f"{words.out}: {len(dataset.packets):,} packets")


if __name__ == "__main__":
    script.run(main)
