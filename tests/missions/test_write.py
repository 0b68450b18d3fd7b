"""A mission that is written is the mission that is read."""

from __future__ import annotations

from pathlib import Path

from pclip.missions import Mission, load_mission, load_missions, write_mission


def test_written_and_read(tmp_path: Path) -> None:
    flat = Mission("flat", "Flat", "Flat", (("a1",),), (), {"written_by": "x", "prompts": ("y",)})
    for mission in (*load_missions(), flat):
        write_mission(mission, tmp_path / "mission.json")
        assert load_mission(tmp_path / "mission.json") == mission
        first = (tmp_path / "mission.json").read_bytes()
        write_mission(mission, tmp_path / "mission.json")
        assert (tmp_path / "mission.json").read_bytes() == first
