"""Mission graphs: the words of an attack, in levels, that the reasoning module passes messages on.

Comes in: mission files (JSON), the package's own by name or a user's by path; a language model
that writes one; a text encoder, as a function, that its words are measured with.
Goes out: `Mission` (checked), `CompiledMission` (index tuples for message passing), the prompt
that a concept is encoded with, `Quality`, a pruned graph, a file, a figure.
May be called by: data, evaluation, runs, serving, the command line. This room may import llm.
"""

from __future__ import annotations

from pclip.missions.compile import READOUTS, SENSOR_NODE, CompiledMission, compile_mission
from pclip.missions.draw import draw_missions
from pclip.missions.generate import (
    Generated,
    Recipe,
    UnusableAnswersError,
    generate_mission,
    mission_name,
)
from pclip.missions.generation_report import generation_lines, generation_warnings
from pclip.missions.load import (
    CLASS_MISSION_NAMES,
    MISSION_NAMES,
    load_mission,
    load_mission_files,
    load_missions,
)
from pclip.missions.mission import Mission, concept_prompt
from pclip.missions.prompts import expansion_prompt, key_concepts_prompt
from pclip.missions.prune import Pruned, PruneRule, prune
from pclip.missions.quality import Embed, Quality, measure
from pclip.missions.quality_report import (
    CONCEPT_HEADER,
    concept_rows,
    prune_lines,
    quality_lines,
    quality_warnings,
)
from pclip.missions.validation import validate
from pclip.missions.variants import random_words, shuffled_words
from pclip.missions.write import write_mission

__all__ = [
    "CLASS_MISSION_NAMES",
    "CONCEPT_HEADER",
    "MISSION_NAMES",
    "READOUTS",
    "SENSOR_NODE",
    "CompiledMission",
    "Embed",
    "Generated",
    "Mission",
    "PruneRule",
    "Pruned",
    "Quality",
    "Recipe",
    "UnusableAnswersError",
    "compile_mission",
    "concept_prompt",
    "concept_rows",
    "draw_missions",
    "expansion_prompt",
    "generate_mission",
    "generation_lines",
    "generation_warnings",
    "key_concepts_prompt",
    "load_mission",
    "load_mission_files",
    "load_missions",
    "measure",
    "mission_name",
    "prune",
    "prune_lines",
    "quality_lines",
    "quality_warnings",
    "random_words",
    "shuffled_words",
    "validate",
    "write_mission",
]
