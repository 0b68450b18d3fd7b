"""Killed at any moment and started again, a run ends with the numbers of an undisturbed one."""

from __future__ import annotations

import signal
import time

import pytest

# A file that appears, and stays -> the run is killed at once; together they cover all stages. When
# the save of step 6 begins, that of step 3 is whole: the next start resumes from it.
MOMENTS = {
    "embedding": "vectors/*/*",
    "between encoders": "vectors/*/vectors.npy",
    "alignment": "checkpoints/round/0/heads=packet/6*",
    "after alignment": "units/round/0/heads=packet.json",
    "detector training": "checkpoints/round/0/gnn/6*",
    "between units": "units/round/0/gnn.json",
    "fine-tuning": "checkpoints/round/0/et_bert_finetuned/*",
    "second seed": "checkpoints/round/1/gnn/*",
    "scarcity": "checkpoints/round/1/scarcity-0.3/heads=both/*",
    "second split": "units/random/0/heads=none.json",
    "costs": "units/cost.json",
    "assembly": "plots.json",
    "results": "results.json",
    "report": "figures/*",
}
# Before, wherever that is: so few that no machine is fast enough to be past the first moments.
SECONDS = (3, 6)


def kill_when(process, workdir, pattern, seconds):
    """Kill when a file of that pattern is there, or after so many seconds; False if it was over."""
    start = time.monotonic()
    while process.poll() is None:
        late = seconds is not None and time.monotonic() - start > seconds
        if late or (pattern and any(workdir.glob(pattern))):
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.01)
    _, err = process.communicate()
    assert process.returncode in (-signal.SIGKILL, 0), err
    return process.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_bytes(experiments, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = experiments.run(experiments.command("reproduce", whole))
    assert done.code == 0, done.err

    words = experiments.command("reproduce", killed)
    kills = [(None, s) for s in SECONDS]
    kills += [(p, None) for p in MOMENTS.values()]
    struck = []
    for pattern, seconds in kills:
        if pattern and any(killed.glob(pattern)):
            continue  # an earlier kill came later than this moment
        if kill_when(experiments.start(words), killed, pattern, seconds):
            struck.append(pattern or seconds)
    assert len(struck) >= 8, f"only these kills struck: {struck}"
    done = experiments.run(words)
    assert done.code == 0, done.err
    for name in ("results.json", "plots.json", "metrics.jsonl", "config.json"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
    assert (killed / "report.html").exists()
    names = {path.name for path in (whole / "figures").iterdir()}
    assert {path.name for path in (killed / "figures").iterdir()} == names
