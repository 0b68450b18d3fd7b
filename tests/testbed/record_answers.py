"""Record what the programs say that `lab.assert_isolated` asks, for a test without root.

python3 -m tests.testbed.record_answers    (root, Debian 12: builds the lab, asks, and is gone)
"""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
import tempfile
from pathlib import Path

from testbed import isolation, lab
from testbed.__main__ import build_isolated

ANSWERS = Path(__file__).with_name("answers.json.xz")


def asked() -> dict[str, list]:
    """Command line -> exit code, standard output, standard error."""
    answers: dict[str, list] = {}
    run = subprocess.run

    def noted(words, **options):
        done = run(words, **options)
        answers[" ".join(words)] = [done.returncode, done.stdout, done.stderr]
        return done

    lab.subprocess.run = noted
    try:
        lab.assert_isolated(isolation.Report())
    finally:
        lab.subprocess.run = run
    return answers


def inside(out: str, outer_namespaces: str) -> None:
    """Build the lab and print the answers; refused outside of namespaces of its own."""
    build_isolated(isolation.Report(), Path(out), json.loads(outer_namespaces))
    print(json.dumps(asked()))


def main() -> None:
    """Start `inside` in namespaces of its own, keep what it prints."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "tests.testbed.record_answers"]
        words = [*isolation.PRIVATE, *command, out, json.dumps(isolation.namespace_ids())]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True, timeout=120)
    ANSWERS.write_bytes(lzma.compress(done.stdout))


if __name__ == "__main__":
    if sys.argv[1:]:
        inside(*sys.argv[1:])
    else:
        main()
