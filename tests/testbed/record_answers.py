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

from testbed import isolation, lab, private

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


def inside() -> None:
    """Build the lab and print the answers; in namespaces of its own."""
    private.make_private(Path(tempfile.mkdtemp()))
    lab.build()
    private.freeze_settings()
    print(json.dumps(asked()))


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        inside()
    else:
        words = [*isolation.PRIVATE, sys.executable, "-m", "tests.testbed.record_answers", "inside"]
        done = subprocess.run(words, capture_output=True, check=True)
        ANSWERS.write_bytes(lzma.compress(done.stdout))
