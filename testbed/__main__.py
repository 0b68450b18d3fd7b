"""Record the lab: `python3 -m testbed --seed 7 --out recordings/seven` (root, Debian 12).

The outer process makes private namespaces and watches that the machine does not change; the inner
one builds the lab, asserts that it is isolated, runs the scenario and writes what was recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from testbed import isolation, lab, packages, private, services
from testbed.checks import failed
from testbed.conductor import Conductor
from testbed.finish import NoRecordingError, finish
from testbed.labels import label_rows, to_csv
from testbed.lists import write_lists
from testbed.recorder import Recorder
from testbed.scenario import Scenario, draw_scenario, read_scenario

# The whole run ends by then, whatever happens.
OUTER_SECONDS = 20 * 60
WATCH_SECONDS = 5.0
CODE = Path(__file__).resolve().parent.parent
# All that the lab inherits: a proxy, a home or a PATH of the caller's would change what it does.
ENVIRONMENT = {
    "PATH": packages.PATH,
    "HOME": str(private.HOMES),
    "LANG": "C.UTF-8",
    "TMPDIR": str(private.TEMPORARY),
    "PYTHONDONTWRITEBYTECODE": "1",
}


def main() -> int:
    """Parse the command and record; 0 on success, 2 on a mistake, 1 where a check failed."""
    parser = argparse.ArgumentParser(prog="testbed", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=7, help="of the scenario")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--quick", action="store_true", help="one short round, for a test")
    parser.add_argument("--inside", type=json.loads, help=argparse.SUPPRESS)
    words = parser.parse_args()
    words.out = words.out.resolve()
    if words.inside:
        return inside(words.out, words.inside)
    mistake = _mistake(words.out)
    if mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    return outside(draw_scenario(words.seed, words.quick), words.out)


def _mistake(out: Path) -> str:
    if os.geteuid() != 0:
        return "the lab needs root, to make network namespaces; run it with sudo"
    lacking = packages.lacking()
    if lacking:
        return f"this system lacks {', '.join(lacking)}; on Debian 12: {packages.install_line()}"
    if not isolation.namespaces_allowed():
        return "this machine lets root make no namespaces (a container?); the lab needs them"
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        return f"{out} is not an empty folder; name a new one with --out"
    for path in (out, CODE):
        if private.is_covered(path):
            return f"{path} is hidden by the lab's own mounts; use a folder elsewhere"
    return ""


def outside(scenario: Scenario, out: Path) -> int:
    """Start the lab in namespaces of its own and watch the machine's links and routes."""
    # Written aside: the final name appears when the recording is whole.
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / "scenario.json").write_text(scenario.to_json(), encoding="utf-8")
    before, report = isolation.machine_state(), isolation.Report(path=part / "isolation.txt")
    child = subprocess.Popen(
        [*isolation.PRIVATE, "python3", "-m", "testbed", "--out", str(part.absolute()),
         "--inside", json.dumps(isolation.namespace_ids())],
        env={**ENVIRONMENT, "PYTHONPATH": str(CODE)}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    code = _watch(child, before, report)
    if code:
        print(f"error: the recording failed ({code}); see {part}", file=sys.stderr)
        return 1
    try:
        found = finish(part)
    except NoRecordingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        out.rmdir()
    part.rename(out)
    print(f"recorded: {out}, {found['packets']:,} packets; see {out / 'README.md'}")
    for words in failed(found):
        print(f"error: the recording fails a check: {words}", file=sys.stderr)
    return 1 if failed(found) else 0


def _watch(child: subprocess.Popen, before: dict[str, str], report: isolation.Report) -> int:
    """Wait for the lab; end it on the first change of the machine, or when its time is up."""
    end = time.monotonic() + OUTER_SECONDS
    checks = 0
    try:
        while child.poll() is None:
            isolation.check_machine(isolation.Report(), before, isolation.machine_state(), "during")
            checks += 1
            if time.monotonic() > end:
                raise isolation.IsolationError(f"not over after {OUTER_SECONDS} s")
            time.sleep(WATCH_SECONDS)
        report.note(f"holds: the machine was looked at {checks} times during the run")
        isolation.check_machine(report, before, isolation.machine_state(), "after")
    except (isolation.IsolationError, OSError, ValueError, subprocess.SubprocessError) as error:
        # A machine that cannot be looked at is not known to be unchanged.
        child.kill()
        child.wait()
        report.note(f"FAILS: the machine is watched; seen: {error}")
        return 1
    return child.returncode


def inside(out: Path, outer_namespaces: dict[str, str]) -> int:
    """Build the lab, assert, play every round, write the labels."""
    report = isolation.Report(path=out / "isolation.txt")
    executed = []
    try:
        scenario = read_scenario(out / "scenario.json")
        build_isolated(report, out, outer_namespaces)
        lab.assert_isolated(report)
        report.note("all of the above held before the first service was started")
        services.make_keys()
        write_lists(private.ROOT / "files", scenario.seed)
        servers = services.start()
        time.sleep(4)
        _note_servers(out, servers)
        for number in scenario.rounds:
            conductor = Conductor()
            with Recorder(out, number):
                conductor.play(scenario.of_round(number), scenario.round_seconds)
            executed += conductor.executed
            print(f"round {number}: {len(conductor.executed)} commands", flush=True)
        isolation.check_frozen(report, _mounts(), private.frozen())
        lab.assert_isolated(report)
    except (isolation.IsolationError, lab.LabError, OSError, subprocess.SubprocessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    lines = [json.dumps(asdict(done)) + "\n" for done in executed]
    (out / "executed.jsonl").write_text("".join(lines), encoding="utf-8")
    (out / "labels.csv").write_text(to_csv(label_rows(scenario, executed)), encoding="utf-8")
    (out / "versions.txt").write_text(packages.versions(), encoding="utf-8")
    return 0


def build_isolated(report: isolation.Report, out: Path, outer_namespaces: dict[str, str]) -> None:
    """Build the lab, where it harms nobody.

    Raises:
        isolation.IsolationError: this process is not in private namespaces; nothing was touched.
    """
    isolation.check_namespaces(report, outer_namespaces, isolation.namespace_ids())
    isolation.check_empty(report, *_links_and_routes())
    isolation.check_process(report, os.getpid(), Path("/proc/self/status").read_text())
    private.make_private(out)
    isolation.check_files(report, _mounts(), private.writable(), private.devices())
    lab.build()
    private.freeze_settings()
    isolation.check_frozen(report, _mounts(), private.frozen())


def _mounts() -> str:
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8")


def _links_and_routes() -> tuple[list[dict], list[dict]]:
    links = json.loads(lab.run(["ip", "-json", "link"]))
    routes = json.loads(lab.run(["ip", "-json", "route"]) or "[]")
    routes += json.loads(lab.run(["ip", "-json", "-6", "route"]) or "[]")
    return links, routes


def _note_servers(out: Path, servers: list[subprocess.Popen]) -> None:
    """A server that did not start would leave its clients' traffic one-sided: stop and say so."""
    dead = [str(server.args) for server in servers if server.poll() is not None]
    if dead:
        logs = out / "servers"
        for path in private.ROOT.glob("hosts/*/*.log"):
            target = logs / f"{path.parent.name}-{path.name}"
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
        raise lab.LabError(f"servers did not start: {'; '.join(dead)}; see {logs}")


if __name__ == "__main__":
    sys.exit(main())
