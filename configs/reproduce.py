"""The paper's two questions on the built-in capture in a quarter of an hour on 2 cores.

    python -m experiments.reproduce --config=configs/reproduce.py --workdir=runs/reproduce

A stated reduction of configs/paper.py: what differs is below and printed beside the results.
Expect on `round` what RESULTS.md lists under "reproduce".
"""

from ml_collections import ConfigDict

from configs import paper


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = paper.get_config().unlock()
    c.name = "reproduce"
    c.reductions = [
        "round with 3 seeds, random with 1, flow left out (paper config: 5 of each)",
        "1,000 alignment steps, 300 detector steps at batch 64 (3,000 at 128)",
        "300 fine-tuning steps of ET-BERT at size tiny, 500 steps of the DNN (3,000)",
        "at most 12,000 distinct captions",
    ]
    c.seeds = ConfigDict({"round": 3, "flow": 0, "random": 1})
    c.captions.most = 12_000
    c.alignment.steps = 1_000
    c.alignment.save_every = 500
    c.detector.steps = 300
    c.detector.batch_size = 64
    c.detector.localisation = False
    c.detector.evaluate_every = 100
    c.detector.save_every = 100
    c.dense.steps = 500
    c.fine_tuning.steps = 300
    c.fine_tuning.save_every = 100
    c.scarcity.systems = ["gnn", "best_baseline"]
    if variant == "smoke":
        paper.smoke(c)
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return c.lock()
