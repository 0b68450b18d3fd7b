"""metrics.jsonl: one line a number, and the same numbers for TensorBoard."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import RecordWriter

from pclip.errors import PclipError
from pclip.files import atomic_path, write_atomic


class MetricsLog:
    """Append numbers of one named run to a shared `metrics.jsonl`.

    Opening the log at step s drops this run's lines after s, which a killed process wrote before
    it could save the state they belong to; a resumed run therefore logs each step once.

    Args:
        path: the file, one JSON object a line: run, step, name, value.
        run: the run's name, such as "round/0/heads=both".
        start: steps already done and saved.
    """

    def __init__(self, path: Path, run: str, start: int = 0) -> None:
        self._path = Path(path)
        self._run = run
        kept = [
            line for line in _whole_lines(self._path) if line["run"] != run or line["step"] <= start
        ]
        write_atomic(self._path, "".join(json.dumps(line) + "\n" for line in kept))
        self._file = open(self._path, "a", encoding="utf-8")  # noqa: SIM115 (closed by close)

    def write(self, step: int, values: dict[str, float]) -> None:
        """Append `values` at `step`.

        Raises:
            PclipError: the disk is full.
        """
        lines = [
            {"run": self._run, "step": step, "name": name, "value": float(value)}
            for name, value in values.items()
        ]
        try:
            self._file.write("".join(json.dumps(line) + "\n" for line in lines))
            self._file.flush()
        except OSError as error:
            raise PclipError(
                f"cannot write {self._path}: {error.strerror}; free some space and run again"
            ) from error

    def close(self) -> None:
        """Close the file."""
        # Lines are flushed as they are written: what a close cannot write was reported then.
        with contextlib.suppress(OSError):
            self._file.close()

    def write_tensorboard(self) -> None:
        """Write this run's numbers for TensorBoard, anew and whole.

        Once, at the end: TensorBoard's own writer works in a thread whose errors reach nobody.

        Raises:
            PclipError: the disk is full.
        """
        folder = self._path.parent / "tensorboard" / self._run.replace("/", "-")
        with atomic_path(folder / "events.out.tfevents.run") as scratch:
            events = RecordWriter(str(scratch))
            events.write(Event(file_version="brain.Event:2").SerializeToString())
            for line in _whole_lines(self._path):
                if line["run"] == self._run:
                    scalar = Summary.Value(tag=line["name"], simple_value=line["value"])
                    event = Event(step=line["step"], summary=Summary(value=[scalar]))
                    events.write(event.SerializeToString())
            events.close()

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _whole_lines(path: Path) -> list[dict]:
    """The lines of a log; a last line cut short by a kill is left out."""
    if not path.exists():
        return []
    *whole, last = path.read_text(encoding="utf-8").split("\n")
    try:
        lines = [json.loads(text) for text in whole]
    except json.JSONDecodeError as error:
        raise PclipError(
            f"{path} holds a line that is not JSON ({error}); delete the file to log anew"
        ) from error
    with contextlib.suppress(json.JSONDecodeError):
        lines.append(json.loads(last))
    return lines
