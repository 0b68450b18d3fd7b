"""Missions as files."""

from __future__ import annotations

import json
import os

from pclip.files import write_atomic
from pclip.missions.mission import Mission
from pclip.missions.validation import SCHEMA


def mission_document(mission: Mission) -> dict[str, object]:
    """The JSON document that `validate` reads as this mission."""
    return {
        "schema": SCHEMA,
        "name": mission.name,
        "title": mission.title,
        "event": mission.event,
        "levels": [list(level) for level in mission.levels],
        "edges": [list(edge) for edge in mission.edges],
        "provenance": {
            key: list(entry) if isinstance(entry, tuple) else entry
            for key, entry in mission.provenance.items()
        },
    }


def write_mission(mission: Mission, path: str | os.PathLike[str]) -> None:
    """Write a mission file that `load_mission` reads.

    Raises:
        PclipError: it cannot be written.
    """
    document = mission_document(mission)
    # A level and an edge a line: changes between two graphs can be read.
    fields = []
    for name, value in document.items():
        if name in ("levels", "edges"):
            lines = ",\n".join(f"    {json.dumps(entry)}" for entry in value)  # type: ignore[attr-defined]
            text = f"[\n{lines}\n  ]" if lines else "[]"
        else:
            text = json.dumps(value, indent=2).replace("\n", "\n  ")
        fields.append(f"  {json.dumps(name)}: {text}")
    write_atomic(path, "{\n" + ",\n".join(fields) + "\n}\n")
