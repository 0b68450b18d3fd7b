"""Ctrl-C in a command: one line, exit code 130, at once, whatever XLA's threads are at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A step of half a minute, dispatched and not waited for, over an array of NumPy's. Of tests that a
# shell runs in the background SIGINT is ignored, and so it would be of their children. The sleeps
# are short: a signal just before one long sleep, or to another thread, would not end it.
AT_WORK = """
import signal, sys, time
import jax, numpy as np
signal.signal(signal.SIGINT, signal.default_int_handler)

def work(*_, **__):
    step = jax.jit(lambda x: jax.lax.fori_loop(0, 10_000, lambda _, y: y @ x, x))
    result = step(np.eye(600, dtype=np.float32))
    print("at work", flush=True)
    for _ in range(600):
        time.sleep(0.1)
"""
EXPERIMENT = """
from pclip.runs.command import main
main(work, "a test")
"""
SCRIPT = """
from experiments import script
script.run(work)
"""
COMMAND = """
import pclip.models.convert
pclip.models.convert.load_encoder = work
from pclip import cli
sys.exit(cli.main(["convert", "somewhere", "out"]))
"""
CONFIG = """
from ml_collections import ConfigDict

def get_config(variant=""):
    return ConfigDict({"name": "made"})
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (EXPERIMENT, "stopped; the same command goes on from here\n"),
        (SCRIPT, "stopped\n"),
        (COMMAND, "stopped\n"),
    ],
    ids=["experiment", "script", "pclip"],
)
def test_one_line_and_code_130_while_a_step_is_computed(
    tmp_path: Path, script: str, said: str
) -> None:
    (tmp_path / "made.py").write_text(CONFIG)
    arguments = ["--config=made.py", "--workdir=run"] if script is EXPERIMENT else []
    process = subprocess.Popen(
        [sys.executable, "-c", AT_WORK + script, *arguments],
        cwd=tmp_path,
        env=os.environ | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", said)
    assert time.monotonic() - start < 10, "it waited for the step"


def test_what_was_printed_is_not_lost() -> None:
    script = "from pclip.interrupt import leave; print('a row'); leave('stopped')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "a row\n", "stopped\n")
