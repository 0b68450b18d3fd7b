"""The experiments' own commands, run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


def command(name: str, workdir: Path | str, *arguments: str, config: str = "") -> list[str]:
    config = config or f"configs/{name}.py:smoke"
    return [
        sys.executable, "-m", f"experiments.{name}", f"--config={config}",
        f"--workdir={workdir}", *arguments,
    ]  # fmt: skip


@pytest.fixture(scope="session")
def experiments(pytestconfig: pytest.Config) -> SimpleNamespace:
    environment = os.environ | {
        "JAX_PLATFORMS": "cpu",
        # Programs are shared among runs, and kept in .pytest_cache for the next session.
        "JAX_COMPILATION_CACHE_DIR": str(pytestconfig.cache.mkdir("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        # Waiting OpenMP threads that spin make boosted trees crawl on shared cores.
        "OMP_WAIT_POLICY": "passive",
    }

    def start(words: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(words: Sequence[str]) -> SimpleNamespace:
        with start(words) as process:
            out, err = process.communicate()
        return SimpleNamespace(code=process.returncode, out=out, err=err)

    return SimpleNamespace(
        command=command, start=start, run=run, root=ROOT, environment=environment
    )
