"""The paper's two questions on the built-in capture in less than 15 minutes on 2 cores.

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
    c.reductions = (
        "random with 1 seed (paper config: 3)",
        "packets read to 64 positions (128)",
        "1,000 alignment steps (3,000); 150 detector steps at batch 64 (3,000 at 128)",
        "no localisation (paper config: on, as MissionGNN)",
        "scarcity limited by steps: 0.1 epochs at 100 %, so a level curve says nothing there",
        "ET-BERT fine-tuned at size tiny for 50 steps on 64 tokens (base, 10 epochs, 128)",
        "500 steps of the DNN (3,000), 20 rounds of boosted trees (100)",
        "at most 3,000 distinct captions; flows beyond them take no part in alignment",
    )
    c.seeds = paper.seeds(round=3, random=1)
    c.packet.tokens = 64
    c.captions.most = 3_000
    c.alignment.steps = 1_000
    c.alignment.save_every = 500
    c.detector.steps = 150
    c.detector.batch_size = 64
    c.detector.localisation = False
    c.detector.evaluate_every = 150
    c.detector.save_every = 75
    c.dense.steps = 500
    c.trees.rounds = 20
    c.fine_tuning.steps = 50
    c.fine_tuning.tokens = 64
    c.fine_tuning.save_every = 25
    c.scarcity.fractions = (1.0, 0.3)
    c.scarcity.systems = ("gnn", "best_baseline")
    c.controls = (*c.controls, "shuffled_labels")
    if variant == "smoke":
        paper.smoke(c)
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return c.lock()


def beside(name: str) -> ConfigDict:
    """An unlocked copy for runs that stand beside this one: without what only it measures."""
    c = get_config().unlock()
    c.name = name
    elsewhere = ("random", "scarcity", "ET-BERT")
    kept = tuple(line for line in c.reductions if not line.startswith(elsewhere))
    c.reductions = (*kept, "no ET-BERT beside the detectors")
    c.dataset = "testbed"
    c.alignment.heads = ("packet", "both")
    c.reasoning = ("gnn", "temporal", "dnn", "xgboost", "lightgbm")
    c.scarcity.fractions = ()
    c.controls = tuple(control for control in c.controls if control != "shuffled_labels")
    return c
