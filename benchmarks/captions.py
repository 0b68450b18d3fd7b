"""Seconds for a million captions on one core.

    taskset -c 0 python -m benchmarks.captions [FLOWS]

Prints one line of JSON for each style: flows, seconds, distinct captions, peak memory. The flow
table is drawn at random with the spread of real ones: most values differ, which is the worst case.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks.stream import peak_bytes
from pclip.missions import load_missions
from pclip.text import CAPTION_COLUMNS, CaptionStyle, caption_texts, load_bank

FLOWS = 1_000_000
SPREAD = 3.0  # of the logarithm of each column
TCP_ICMP_UDP = (6, 1, 17)
STYLES = {
    "templates": CaptionStyle(paraphrases=False, concepts=False),
    "paraphrases": CaptionStyle(concepts=False),
    "paraphrases, concepts": CaptionStyle(),
}


def flow_columns(flows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """The columns that captions read, for a made-up table."""
    rng = np.random.default_rng(seed)
    columns = {
        name: np.floor(np.exp(rng.normal(SPREAD, SPREAD, flows))) for name in CAPTION_COLUMNS
    }
    return columns | {"Protocol": rng.choice(TCP_ICMP_UDP, flows)}


def measure(flows: int) -> list[dict[str, float | str]]:
    """One row a style, as printed."""
    columns = flow_columns(flows)
    missions = load_missions()
    titles = np.array(["Benign", *(mission.title for mission in missions)])
    labels = titles[np.random.default_rng(1).integers(len(titles), size=flows)]
    concepts = {mission.title: mission.key_concepts for mission in missions}
    load_bank()  # reading it is not writing captions
    rows: list[dict[str, float | str]] = []
    for name, style in STYLES.items():
        started = time.perf_counter()
        texts = caption_texts(columns, labels, concepts, 0, style)
        seconds = time.perf_counter() - started
        rows.append(
            {
                "style": name,
                "flows": flows,
                "seconds": round(seconds, 2),
                "distinct": len(set(texts)),
                "peak_bytes": peak_bytes(),
            }
        )
    return rows


def main() -> None:
    """Measure as many flows as the command line says."""
    for row in measure(int(sys.argv[1]) if len(sys.argv) > 1 else FLOWS):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
