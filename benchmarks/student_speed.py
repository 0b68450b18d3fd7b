"""Packets a second of the student, from tokens to vectors, on one core.

taskset -c 0 python -m benchmarks.student_speed [FOLDER]

FOLDER holds a student in float32 (`pclip.models.write_student`); without one the default sizes are
measured with random weights, which are as fast. Prints one line of JSON: for the float32 student
and for its int8 form in both arithmetics, packets a second by the clock and by the process's own
time, medians over the repetitions; on a machine with other work the second is the steadier.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pclip.data import load
from pclip.embedding import FrozenEncoder, distinct_rows
from pclip.embedding.encode import encode, plan_batches
from pclip.models import Student, StudentConfig, init_student, quantise, read_student
from pclip.packets import bigram_tokens
from pclip.training import data_mesh

PACKETS = 16_384
CALIBRATION = 2_048
REPETITIONS = 7
# A student's layers are small: batches of 2,048 tokens would spend their time between the steps.
TOKENS_PER_BATCH = 2**15


def student_speed(student: Student, ids: np.ndarray, lengths: np.ndarray) -> dict[str, Any]:
    """Measure a student on the cores that this process may use.

    Args:
        student: in float32.
        ids: int32 [n, S] tokens of distinct packets.
        lengths: int32 [n].

    Returns:
        "cores", "packets", and for "float32", "int8" and "int8_in_float32" the packets a second
        by the clock ("wall") and by the time that the process got ("cpu").
    """
    small = quantise(student, ids[:CALIBRATION], lengths[:CALIBRATION])
    forms: dict[str, FrozenEncoder] = {
        "float32": student,
        "int8": small,
        "int8_in_float32": small.computed_in("float32"),
    }
    found: dict[str, Any] = {"cores": len(os.sched_getaffinity(0)), "packets": len(ids)}
    for name, encoder in forms.items():
        _encode_all(encoder, ids, lengths)  # compiles
        wall, cpu = [], []
        for _ in range(REPETITIONS):
            started = time.perf_counter(), time.process_time()
            _encode_all(encoder, ids, lengths)
            wall.append(time.perf_counter() - started[0])
            cpu.append(time.process_time() - started[1])
        found[name] = {
            key: round(len(ids) / statistics.median(seconds))
            for key, seconds in (("wall", wall), ("cpu", cpu))
        }
    return found


def _encode_all(encoder: FrozenEncoder, ids: np.ndarray, lengths: np.ndarray) -> None:
    batches = plan_batches(lengths, TOKENS_PER_BATCH)
    for _ in encode(encoder, ids, lengths, batches, data_mesh()):
        pass


def main(arguments: Sequence[str]) -> None:
    """Measure on distinct packets of the built-in capture and print the numbers."""
    packets = load("testbed").packets
    tokens = bigram_tokens(packets)
    rows = distinct_rows(tokens.ids).first
    rows = np.random.default_rng(0).permutation(rows)[:PACKETS]
    if arguments:
        student = read_student(Path(arguments[0]))
        if not isinstance(student, Student):
            raise SystemExit(f"{arguments[0]} holds an int8 student; give the float32 one")
    else:
        config = StudentConfig()
        student = Student.of("random", config, init_student(config, 0), "random weights")
    print(json.dumps(student_speed(student, tokens.ids[rows], tokens.lengths[rows])))


if __name__ == "__main__":
    main(sys.argv[1:])
