"""The paper's two questions on the built-in capture in less than 15 minutes on 2 cores.

    python -m experiments.reproduce --config=configs/reproduce.py --workdir=runs/reproduce

A stated reduction of configs/paper.py: what differs is below and printed beside the results.
Expect on `round` what RESULTS.md lists under "reproduce".
"""

from ml_collections import ConfigDict

from configs import paper


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = paper.full_protocol()
    c.name = "reproduce"
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
    return paper.stated(c)


def beside(name: str) -> ConfigDict:
    """An unlocked copy for runs that stand beside this one: without what only it measures."""
    c = get_config().unlock()
    c.name = name
    c.dataset = "testbed"
    c.alignment.heads = ("packet", "both")
    c.reasoning = ("gnn", "temporal", "dnn", "xgboost", "lightgbm")
    c.scarcity.fractions = ()
    c.controls = tuple(control for control in c.controls if control != "shuffled_labels")
    return c
