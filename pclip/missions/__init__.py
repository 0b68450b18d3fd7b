"""Mission graphs: the words of an attack, in levels, that the reasoning module passes messages on.

Comes in: mission files (JSON), the package's own by name or a user's by path.
Goes out: `Mission` (checked), `CompiledMission` (index tuples for message passing), the prompt
that a concept is encoded with, and a figure.
May be called by: data, evaluation, runs, serving, the command line. This room may import llm.
"""

from __future__ import annotations

from pclip.missions.compile import READOUTS, SENSOR_NODE, CompiledMission, compile_mission
from pclip.missions.draw import draw_missions
from pclip.missions.load import MISSION_NAMES, load_mission, load_missions
from pclip.missions.mission import Mission, concept_prompt
from pclip.missions.validation import validate

__all__ = [
    "MISSION_NAMES",
    "READOUTS",
    "SENSOR_NODE",
    "CompiledMission",
    "Mission",
    "compile_mission",
    "concept_prompt",
    "draw_missions",
    "load_mission",
    "load_missions",
    "validate",
]
