"""What can be said about the flows of a dataset: a bank of phrasings, captions, their words."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from pclip.data import Dataset, flow_classes
from pclip.errors import PclipError
from pclip.files import write_atomic
from pclip.llm import Client, LanguageModel, language_model
from pclip.missions import Mission, load_missions
from pclip.runs.check_config import refuse
from pclip.runs.inputs import class_concepts, read_dataset
from pclip.runs.mission_words import mission_words
from pclip.runs.workdir import Workdir
from pclip.text import (
    Bank,
    CaptionPool,
    CaptionStyle,
    caption_texts,
    diversity,
    load_bank,
    make_bank,
    paraphrase_prompt,
    shipped_record,
    write_bank,
)

SCHEMA = 1
logger = logging.getLogger("pclip")
FULL = "paper: paraphrases, concepts"
STYLES: Mapping[str, CaptionStyle] = {
    "paper: templates": CaptionStyle(paraphrases=False, concepts=False),
    "paper: paraphrases": CaptionStyle(concepts=False),
    FULL: CaptionStyle(),
    "label_free: templates": CaptionStyle("label_free", paraphrases=False, concepts=False),
    "label_free: paraphrases": CaptionStyle("label_free", concepts=False),
}
"""The captions that are compared."""


def describe_flows(config: ConfigDict, path: Path) -> dict[str, Any]:
    """Make the bank, write captions of each style, and leave description.json and the bank.

    Args:
        config: configs/describe.py's.
        path: the workdir.

    Returns:
        The content of description.json.

    Raises:
        PclipError: the workdir or the record cannot be used, an answer cannot be had, or the
            dataset cannot be read.
    """
    if config.seed < 0:
        refuse("seed", config.seed, "expected 0 or more")
    if config.samples < 0:
        refuse("samples", config.samples, "expected 0 or more")
    if not config.llm.live:
        for field in ("base_url", "model", "key_file"):
            if config.llm[field]:
                refuse(f"llm.{field}", config.llm[field], "a model is asked with llm.live=True")
    target = Path(config.bank or path / "paraphrases.json")
    if target.exists():
        try:
            load_bank(target)
        except PclipError as error:
            refuse("bank", config.bank, f"{error}; it is not written over")
    # Before the workdir is claimed, so that a mistake leaves nothing behind.
    dataset, missions = read_dataset(config), load_missions()
    model = _model(config, path)
    with Workdir(path, config.to_dict()) as workdir:
        bank = make_bank(model)
        if not bank.accepted():
            raise PclipError(
                "no paraphrase passed the checks: "
                + ", ".join(f"{rule} {n}" for rule, n in bank.by_rule().items())
                + "; try another model, the answers are in the record"
            )
        for entry in bank.templates:
            if not entry.paraphrases:
                logger.warning(f"no paraphrase of {entry.template!a} was accepted")
        result = {
            "schema": SCHEMA,
            "dataset": dataset.name,
            "models": list(bank.models),
            "usage": model.usage.sentence() if isinstance(model, Client) else "",
            "by_rule": bank.by_rule(),
            "templates": _templates(bank, config.samples),
            **_captions(dataset, missions, bank, config.seed),
        }
        write_atomic(target, write_bank(bank))
        workdir.write_json("description.json", result)
        return result


def _model(config: ConfigDict, path: Path) -> LanguageModel:
    llm = config.llm
    record = llm.record or (path / "llm.jsonl" if llm.live else shipped_record())
    return language_model(
        record,
        live=llm.live,
        base_url=llm.base_url or None,
        model=llm.model or None,
        key_file=llm.key_file or None,
        temperature=None if llm.temperature < 0 else llm.temperature,
        concurrency=llm.concurrency,
        answer_tokens=llm.answer_tokens,
        # Of a list that was cut off the sentences before the cut are as good as any.
        incomplete="return",
    )


def _templates(bank: Bank, samples: int) -> list[dict[str, Any]]:
    return [
        {
            "template": entry.template,
            "prompt": paraphrase_prompt(entry.template),
            "accepted": len(entry.paraphrases),
            "rejected": dict(entry.rejected),
            "samples": list(entry.paraphrases[:samples]),
        }
        for entry in bank.templates
    ]


def _captions(
    dataset: Dataset, missions: tuple[Mission, ...], bank: Bank, seed: int
) -> dict[str, Any]:
    """Diversity and an example of each style; the words of the fullest."""
    labels = np.asarray(dataset.classes)[flow_classes(dataset)]
    concepts = class_concepts(dataset, missions)
    # An attack's flow shows all parts of a caption; one in the middle of the capture.
    attacks = np.flatnonzero([bool(concepts[name]) for name in labels.tolist()])
    shown = int(attacks[len(attacks) // 2]) if len(attacks) else 0
    styles = []
    words: list[dict[str, Any]] = []
    for name, style in STYLES.items():
        texts = caption_texts(dataset.flows.columns, labels, concepts, seed, style, bank)
        example = texts[shown] if texts else ""
        varied = dataclasses.asdict(diversity(texts))
        styles.append({"style": name, **varied, "example": example})
        if name == FULL:
            numbers = {text: i for i, text in enumerate(dict.fromkeys(texts))}
            of_flow = np.array([numbers[text] for text in texts], dtype=np.int32)
            words = mission_words(dataset, CaptionPool(tuple(numbers), of_flow, 0), missions)
    graphs = [
        {"title": mission.title, "levels": mission.levels, "edges": mission.edges}
        for mission in missions
    ]
    return {"captions": styles, "words": words, "missions": graphs}
