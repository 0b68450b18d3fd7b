"""A user's mistake is one line on standard error and exit code 2."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orbax.checkpoint as ocp
import pytest

from tests.made_captures import T0, ip, udp, write_capture

GRAPHS = Path(__file__).parents[2] / "pclip" / "missions" / "graphs"
LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module("experiments.reproduce", run_name="__main__", alter_sys=True)
"""


def limited(experiments, workdir, limit, *arguments):
    words = experiments.command("reproduce", workdir, *arguments)
    return [sys.executable, "-c", LIMITED, str(limit), *words[3:]]


def write_recording(folder, name):
    """Ten packets, half of them a UDP flood."""
    frame = ip("10.0.0.1", "10.0.0.2", 17, udp(5000, 9))
    write_capture(folder / name, [(float(i), frame) for i in range(10)])
    row = f"{name},{T0},{T0 + 4},UDP Flood,10.0.0.1,10.0.0.2,nping"
    (folder / "labels.csv").write_text(f"pcap,start,stop,class,attacker,victim,command\n{row}\n")


@pytest.fixture(scope="module")
def answers(experiments, tmp_path_factory):
    """The answer to every mistake, from one process that forks for each."""
    home = tmp_path_factory.mktemp("mistakes")
    (home / "file").write_text("")
    (home / "other").mkdir()
    (home / "other" / "config.json").write_text("{}\n")
    (home / "used").mkdir()

    lan, first_round = home / "lan", home / "first_round"
    for folder, name in ((lan, "lan.pcap"), (first_round, "round1_home.pcap")):
        folder.mkdir()
        write_recording(folder, name)

    own = "from ml_collections import ConfigDict\n\n\ndef get_config():\n    c = ConfigDict()\n"
    (home / "broken.py").write_text(own + "    return c.nope\n")
    (home / "thin.py").write_text(own + "    c.name = 'thin'\n    return c\n")

    def command(folder, *arguments, config="configs/reproduce.py:smoke", limit=None):
        words = [f"--config={config}", f"--workdir={home / folder}"]
        return {"argv": [*words, *arguments], "limit": limit}

    def without(flag):
        words = command("new")["argv"]
        return {"argv": [word for word in words if not word.startswith(flag)], "limit": None}

    commands = {
        "no_config_file": command("new", config="configs/nope.py"),
        "no_config": without("--config"),
        "variant": command("new", config="configs/reproduce.py:tiny"),
        "field": command("new", "--config.nope=1"),
        "typo": command("new", "--config.alignment.temprature=1"),
        "below": command("new", "--config.alignment.steps.x=1"),
        "type": command("new", "--config.alignment.steps=many"),
        "value": command("new", "--config.reasoning=('gnn', 'svm')"),
        "no_workdir": without("--workdir"),
        "empty_workdir": {"argv": [*without("--workdir")["argv"], "--workdir="], "limit": None},
        "file_in_the_way": command("file"),
        "other_config": command("other"),
        "argument": command("new", "steps=3"),
        "in_use": command("used"),
        "full_disk": command("full", limit=1000),
        "broken_config": command("new", config=home / "broken.py"),
        "thin_config": command("new", config=home / "thin.py"),
        "no_index": command("new", "--config.alignment.heads[7]=both"),
        "no_rounds": command("new", f"--config.dataset={lan}"),
        "no_test_part": command("new", f"--config.dataset={first_round}"),
        "no_mission": command("new", f"--config.missions.graphs={GRAPHS / 'dos.json'}"),
        "no_graph": command("new", f"--config.missions.graphs={home / 'nope'}"),
    }
    script = Path(__file__).with_name("many_commands.py")
    with open(home / "used" / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, str(script)],
            cwd=experiments.root,
            env=experiments.environment | {"PYTHONPATH": str(experiments.root)},
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert not (home / "new").exists(), "a mistake made a workdir"
    assert not list((home / "full").glob("*.json"))
    return {name: SimpleNamespace(**answer) for name, answer in json.loads(done.stdout).items()}


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("no_config_file", "no config file configs/nope.py; expected --config=configs/NAME.py"),
        ("no_config", "--config is missing; expected --config=configs/NAME.py"),
        ("variant", "variants are '' and 'smoke', not 'tiny'"),
        ("field", "no field config.nope; config has alignment, captions, controls"),
        (
            "typo",
            "no field config.alignment.temprature; did you mean config.alignment.temperature?",
        ),
        ("below", "config.alignment.steps is 6, and nothing is below it"),
        ("type", "many"),
        ("value", "config.reasoning is 'svm': expected one of gnn, temporal"),
        ("no_workdir", "--workdir is missing; expected --workdir=runs/NAME"),
        ("empty_workdir", "--workdir is empty"),
        ("file_in_the_way", "choose another --workdir"),
        ("other_config", "holds a run of another config"),
        ("argument", "unexpected arguments steps=3; a field is --config.field=value"),
        ("in_use", "is in use by another process"),
        ("broken_config", "broken.py cannot be used: AttributeError: nope"),
        ("thin_config", "the config has no field seeds, which configs/paper.py has"),
        ("no_index", "index"),
        ("no_rounds", "lan.pcap of"),
        ("no_rounds", "such as --config.seeds.round=0 --config.seeds.random=1"),
        ("no_test_part", "leaves no packet for validation and test; its captures are round1_home"),
        ("no_mission", "missions are DoS, but the groups of testbed are DoS, Reconnaissance"),
        ("no_graph", "nope: no such file; expected a mission graph in JSON"),
        ("full_disk", "config.json: File too large; nothing was left under that name"),
    ],
)
def test_one_line_and_exit_code_2(answers, mistake, words):
    done = answers[mistake]
    assert done.code == 2, done.err
    assert done.err.startswith("error: ")
    assert words in done.err
    assert "Traceback" not in done.err
    assert done.err.count("\n") == 1, done.err
    assert done.out == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "packets", "what"),
    [(20_000, 40, "vectors"), (150_000, 40, "vectors"), (400_000, 5, "a checkpoint")],
)
def test_a_disk_that_fills_up_leaves_only_whole_files(experiments, tmp_path, limit, packets, what):
    workdir = tmp_path / "run"
    # So few packets that all their vectors fit below the last limit: 5 of each of 10 classes in 12
    # captures, of 512 bytes each.
    fewer = f"--config.most_packets_per_class={packets}"
    done = experiments.run(limited(experiments, workdir, limit, fewer))
    assert done.code == 2, done.err
    (line,) = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert line.startswith("error: cannot write ")
    assert what in line
    for path in workdir.rglob("*.json"):
        if "checkpoints" not in path.parts:
            json.loads(path.read_text())
    for path in workdir.rglob("*.npy"):
        np.load(path)
    # Orbax writes several files a step, of sizes that differ from run to run: a small state may
    # have fitted. What bears a step's name has to be whole.
    steps = [path for path in workdir.glob("checkpoints/*/*/*/*") if path.name.isdecimal()]
    with ocp.StandardCheckpointer() as reader:
        for step in steps:
            state = reader.restore(step / "default")
            assert int(state["step"]) == int(step.name)
