"""Words about packets: slotted sentences about flows, their paraphrases, captions, prompts.

Comes in: rows of a flow table (CICFlowMeter columns), class names, key concepts as plain words.
Goes out: sentences without addresses or ports, `CaptionPool` (distinct captions and which flow
has which), prompt ensembles for zero-shot classification.
May be called by: data, evaluation, runs, serving, the command line. This room may import packets
and llm; it takes concepts as words so that it need not know missions.
"""

from __future__ import annotations

from pclip.text.bank import Bank, load_bank, make_bank, shipped_record, write_bank
from pclip.text.caption_diversity import Diversity, diversity, frequent_words
from pclip.text.caption_style import POLICIES, CaptionStyle
from pclip.text.captioning import (
    CAPTION_COLUMNS,
    CAPTION_PREFIX,
    CONCEPTS_PER_CAPTION,
    caption_texts,
)
from pclip.text.paraphrase_prompts import paraphrase_prompt
from pclip.text.pool import CaptionPool, caption_pool
from pclip.text.prompts import PROMPT_TEMPLATES, class_prompts, prompts_for

__all__ = [
    "CAPTION_COLUMNS",
    "CAPTION_PREFIX",
    "CONCEPTS_PER_CAPTION",
    "POLICIES",
    "PROMPT_TEMPLATES",
    "Bank",
    "CaptionPool",
    "CaptionStyle",
    "Diversity",
    "caption_pool",
    "caption_texts",
    "class_prompts",
    "diversity",
    "frequent_words",
    "load_bank",
    "make_bank",
    "paraphrase_prompt",
    "prompts_for",
    "shipped_record",
    "write_bank",
]
