"""Words about packets: descriptions of flows, captions, prompts.

Comes in: rows of a flow table (CICFlowMeter columns), class names, key concepts as plain words.
Goes out: sentences without addresses or ports, `CaptionPool` (distinct captions and which flow
has which), prompt ensembles for zero-shot classification.
May be called by: data, evaluation, runs, serving, the command line. This room may import packets
and llm; it takes concepts as words so that it need not know missions.
"""

from __future__ import annotations

from pclip.text.captions import CAPTION_PREFIX, caption
from pclip.text.pool import CONCEPTS_PER_CAPTION, CaptionPool, caption_pool
from pclip.text.prompts import PROMPT_TEMPLATES, class_prompts, prompts_for
from pclip.text.templates import TEMPLATES, describe

__all__ = [
    "CAPTION_PREFIX",
    "CONCEPTS_PER_CAPTION",
    "PROMPT_TEMPLATES",
    "TEMPLATES",
    "CaptionPool",
    "caption",
    "caption_pool",
    "class_prompts",
    "describe",
    "prompts_for",
]
