"""A run's folder: its config, its environment, and the results of its units of work."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

import jax

from pclip.errors import PclipError
from pclip.files import write_atomic

logger = logging.getLogger("pclip")

# Where in a workdir files are written aside first, and what they are called until then.
# Not vectors/, which others may use at the same time: it has locks of its own.
WRITTEN = ("units", "tensorboard", "figures")
SCRATCH = ".part-*"
# What a start writes before anything is computed, in the order in which it may go again.
START = ("data.json", "timing.json", "environment.json", "config.json")
RECORDED_PACKAGES = (
    "pclip", "jax", "jaxlib", "flax", "optax", "jraph", "numpy", "scikit-learn", "transformers",
    "orbax-checkpoint", "xgboost-cpu", "lightgbm",
)  # fmt: skip


class Workdir:
    """The folder that a run leaves behind, open for one process at a time.

    A run is made of named units of work. A unit's result is a JSON file that appears whole when
    the unit is done; a run that is started again skips the units that are there.

    Args:
        path: the folder; made where it is missing.
        config: the resolved config. A folder that holds a run of another config is refused, unless
            that one failed before it had computed anything.

    Raises:
        PclipError: the folder cannot be written, is in use, or belongs to another config.
    """

    def __init__(self, path: str | Path, config: dict[str, Any]) -> None:
        self.path = Path(path)
        self._inner_seconds = 0.0
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PclipError(
                f"cannot make the workdir {self.path}: {error.strerror}; choose another --workdir"
            ) from error
        self._lock = self._acquire()
        text = json.dumps(config, indent=2, sort_keys=True) + "\n"
        saved = self.path / "config.json"
        if saved.exists() and not _same_protocol(saved.read_bytes(), text.encode()):
            if not self._only_started():
                self.close()
                raise PclipError(
                    f"{self.path} holds a run of another config ({saved} differs); "
                    "choose another --workdir, or delete it to start anew"
                )
            for name in START:
                (self.path / name).unlink(missing_ok=True)
        if not saved.exists():
            write_atomic(saved, text)
        self._tidy()
        self._here = _environment()
        if not (self.path / "environment.json").exists():
            self.write_json("environment.json", {**self._here, "commits": []})

    def _only_started(self) -> bool:
        """Whether a run began here and computed nothing, as where its data were not found."""
        names = {path.name for path in self.path.iterdir()}
        return {"config.json", "environment.json"} <= names <= {".lock", *START}

    def _tidy(self) -> None:
        """Remove what a killed process was writing; the lock says that nobody is.

        Only in the places that runs write to: a run in a folder below has a lock of its own.
        """
        found = [*self.path.glob(SCRATCH)]
        for place in WRITTEN:
            found += (self.path / place).rglob(SCRATCH)
        for scratch in found:
            if scratch.is_file():
                scratch.unlink(missing_ok=True)

    def _acquire(self) -> IO[str]:
        try:
            lock = open(self.path / ".lock", "w")  # noqa: SIM115 (held until close)
        except OSError as error:
            raise PclipError(
                f"cannot write to {self.path}: {error.strerror}; choose another --workdir"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise PclipError(
                f"{self.path} is in use by another process; wait for it or choose another --workdir"
            ) from error
        return lock

    def close(self) -> None:
        """Let the next process in."""
        self._lock.close()

    def __enter__(self) -> Workdir:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, Any]:
        """Versions, devices and commit of the run's first start."""
        return self.read_json("environment.json")

    def read_json(self, name: str) -> Any:
        """The content of a JSON file of this folder.

        Raises:
            PclipError: it is not there or not JSON.
        """
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise PclipError(
                f"{path} cannot be read ({error}); delete it and run the same command again"
            ) from error

    def write_json(self, name: str, value: Any) -> None:
        """Write `value` as JSON, whole or not at all; the same value gives the same bytes.

        A file that holds them already keeps its date, which tells what was made from it.
        """
        path, text = (
            self.path / name,
            json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n",
        )
        if not path.exists() or path.read_bytes() != text.encode():
            write_atomic(path, text)

    def unit(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The result of unit `name`, from disk or by doing `work` now.

        How long it took is noted in timing.json, apart from the results: a run that was killed
        and resumed has other timings and the same results.
        """
        relative = f"units/{name}.json"
        if not (self.path / relative).exists():
            self.note_commit()
            with self.timed(name):
                value = work()
            self.write_json(relative, value)
        return self.read_json(relative)

    def same_data(self, fingerprint: str) -> None:
        """Note the data's fingerprint, or compare it with the one that the run began with.

        A folder of captures may change between two starts; units of both would be mixed.

        Raises:
            PclipError: it is another.
        """
        if not (self.path / "data.json").exists():
            self.write_json("data.json", {"sha256": fingerprint})
        elif self.read_json("data.json")["sha256"] != fingerprint:
            raise PclipError(
                f"{self.path} began with other data than the dataset holds now; choose another "
                "--workdir, or bring the captures and labels back"
            )

    def note_commit(self) -> None:
        """Add this code's commit to environment.json; say so where the run began elsewhere."""
        begun, here = self.environment, self._here
        for key in ("versions", "device"):
            if begun[key] != here[key]:
                logger.warning("%s goes on with other %s than it began with", self.path, key)
        if here["commit"] not in begun["commits"]:
            if begun["commits"]:
                logger.warning("%s goes on with commit %s", self.path, here["commit"])
            commits = [*begun["commits"], here["commit"]]
            self.write_json("environment.json", {**begun, "commits": commits})

    @contextlib.contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to the stage's in timing.json."""
        outer, self._inner_seconds = self._inner_seconds, 0.0
        start = time.perf_counter()
        try:
            yield
        finally:
            # What a stopped process did counts too: the next one goes on from there.
            self._note_time(stage, time.perf_counter() - start, outer)

    def _note_time(self, stage: str, seconds: float, outer: float) -> None:
        timing = self.timing
        own = timing["stages"].get(stage, 0.0) + seconds - self._inner_seconds
        timing["stages"][stage] = round(own, 2)
        timing["total_seconds"] = round(sum(timing["stages"].values()), 2)
        self.write_json("timing.json", timing)
        # A stage within a stage is counted once.
        self._inner_seconds = outer + seconds

    def checkpoints(self, name: str) -> Path:
        """Where unit `name` keeps its training state."""
        return self.path / "checkpoints" / name

    @property
    def log(self) -> Path:
        """The path of metrics.jsonl."""
        return self.path / "metrics.jsonl"

    @property
    def timing(self) -> dict[str, Any]:
        """Seconds of each unit so far, and the device."""
        if (self.path / "timing.json").exists():
            return self.read_json("timing.json")
        environment = self.environment
        return {
            "stages": {},
            "total_seconds": 0.0,
            "device": environment["device"],
            "cores": environment["cores"],
        }


def _environment() -> dict[str, Any]:
    versions = {}
    for name in RECORDED_PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    devices = jax.devices()
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": versions,
        "device": f"{devices[0].device_kind} x {len(devices)}",
        "cores": os.cpu_count(),
        "commit": _commit(),
    }


def _commit() -> str:
    """The checked-out commit, with "+changes" where tracked files differ; "unknown" elsewhere."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(here), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "HEAD")
        return commit + ("+changes" if commit and git("status", "--porcelain", "-uno") else "") or (
            "unknown"
        )
    except FileNotFoundError:
        return "unknown"


def _same_protocol(saved: bytes, asked: bytes) -> bool:
    """Whether two configs ask for the same; how their reductions are worded decides nothing."""
    try:
        one, other = json.loads(saved), json.loads(asked)
    except ValueError:
        return False
    if not isinstance(one, dict) or "reductions" not in one:
        return bool(one == other)
    return bool(one | {"reductions": None} == other | {"reductions": None})
