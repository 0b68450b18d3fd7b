"""The long fuzzing: python -m tests.fuzz [--count=200000] [--seed=0] [--parser=NAME ...]

Prints a table of all parsers. An input that ends in anything but a PclipError is kept in a folder;
python -m tests.fuzz --parser=NAME --replay FOLDER puts it through again, with a traceback.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from tests.fuzz.campaign import SPARE_BYTES, bounded_memory, run_campaign, save_crash, strict
from tests.fuzz.parsers import parsers


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where something was found."""
    known = parsers()
    parser = argparse.ArgumentParser(prog="tests.fuzz", description="fuzz every parser")
    parser.add_argument("--count", type=int, default=200_000, help="inputs a parser")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parser", action="append", choices=list(known), help="default: all")
    parser.add_argument(
        "--crashes", type=Path, default=Path("runs/fuzz"), help="where to keep them"
    )
    parser.add_argument("--replay", type=Path, help="the folder of one crash, with --parser")
    options = parser.parse_args(arguments)
    names = options.parser or list(known)
    if options.replay:
        if len(names) != 1:
            parser.error("--replay needs one --parser")
        cases = [path.read_bytes() for path in sorted(options.replay.glob("*.bin"))]
        with tempfile.TemporaryDirectory() as scratch, bounded_memory(SPARE_BYTES), strict():
            known[names[0]].run(cases, Path(scratch))
        print("nothing found")
        return 0
    found = 0
    print(f"{'parser':<12}{'inputs':>10}{'refused':>10}{'a second':>10}{'crashes':>9}")
    for name in names:
        with (
            tempfile.TemporaryDirectory() as scratch,
            tqdm(
                total=options.count, desc=name, leave=False, disable=not sys.stderr.isatty()
            ) as bar,
        ):
            outcome = run_campaign(
                known[name], options.count, options.seed, Path(scratch), bar.update
            )
        rate = outcome.cases / outcome.seconds
        print(
            f"{name:<12}{outcome.cases:>10,}{outcome.refused:>10,}{rate:>10,.0f}"
            f"{len(outcome.crashes):>9}",
            flush=True,
        )
        for inputs, why in outcome.crashes:
            place = save_crash(inputs, why, known[name], options.crashes)
            print(f"  {why}\n  python -m tests.fuzz --parser={name} --replay={place}")
        found += len(outcome.crashes)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
