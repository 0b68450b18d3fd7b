"""Run many command lines of one experiment, each in a fork: the imports are paid for once.

Reads a JSON object NAME -> {"argv": [...], "limit": largest file in bytes or null} from standard
input, writes NAME -> {"code", "out", "err"} to standard output.
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import sys
import tempfile
import warnings
from typing import Any

# Imported for the forks to have.
import experiments.reporting  # noqa: F401
import pclip.runs.command  # noqa: F401

EXPERIMENT = "experiments.reproduce"


def run_in_fork(argv: list[str], limit: int | None) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            for target, descriptor in ((out, 1), (err, 2)):
                os.dup2(target.fileno(), descriptor)
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            sys.argv = [EXPERIMENT, *argv]
            runpy.run_module(EXPERIMENT, run_name="__main__", alter_sys=True)
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return {"code": os.waitstatus_to_exitcode(status), "out": texts[0], "err": texts[1]}


if __name__ == "__main__":
    # JAX warns of forks for the sake of its threads; no device is in use yet, so it has none.
    warnings.filterwarnings("ignore", message=r"os\.fork\(\) was called", category=RuntimeWarning)
    commands = json.load(sys.stdin)
    sys.stdout.flush()
    print(json.dumps({name: run_in_fork(**command) for name, command in commands.items()}))
