"""The lab itself: a quick recording, where root and Debian's tools are at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed import packages
from testbed.checks import check

ROOT = Path(__file__).resolve().parents[2]
LACKS = packages.lacking()


def record(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "testbed", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")
@pytest.mark.skipif(bool(LACKS), reason=f"this system lacks {', '.join(LACKS)}")
@pytest.mark.slow
def test_a_quick_recording_passes_every_check(tmp_path):
    done = record("--seed", 3, "--quick", "--out", tmp_path / "quick")
    if "Operation not permitted" in done.stderr:
        pytest.skip("this machine lets root make no namespaces")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "quick"
    report = (folder / "isolation.txt").read_text().splitlines()
    assert len(report) > 100
    assert not [line for line in report if line.startswith("FAILS")]
    found = check(folder)
    assert f"{found['packets']:,} packets" in (folder / "README.md").read_text()
    assert found["packets"] > 2000
    assert (found["classes_missing"], found["silent"]) == ([], [])
    assert (found["twofold"], found["unnatural"]) == (0, {})
    attacked = sum(count for name, count in found["class"].items() if name != "Benign")
    assert sum(found["doubtful"].values()) <= attacked // 100


@pytest.mark.skipif(os.geteuid() == 0 and not LACKS, reason="nothing is lacking here")
def test_what_is_lacking_is_said_in_one_line(tmp_path):
    done = record("--out", tmp_path / "new")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_there_is_no_way_to_name_a_target():
    done = record("--help")
    options = {word for word in done.stdout.split() if word.startswith("--")}
    assert {word.strip("[],") for word in options} == {"--help", "--seed", "--out", "--quick"}
