"""Figure 9: detection from less and less training data.

    python -m experiments.scarcity --config=configs/scarcity.py --workdir=runs/scarcity

The paper's five fractions on `round` with 3 seeds: heads and detectors are trained on the
fraction alone, the test part stays. Some hours on 2 cores: ET-BERT takes
3,000 steps here, of 32 packets each.
"""

from ml_collections import ConfigDict

from configs import paper


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = paper.full_protocol()
    c.name = "scarcity"
    c.fine_tuning.steps = 3_000
    c.seeds = paper.seeds(round=3)
    c.alignment.heads = ("both",)
    c.detector.localisation = False
    c.reasoning = ("gnn", "dnn", "xgboost", "lightgbm", "et_bert_finetuned")
    c.scarcity.fractions = (1.0, 0.7, 0.5, 0.4, 0.3)
    c.controls = ()
    if variant == "smoke":
        paper.smoke(c)
        c.scarcity.fractions = (1.0, 0.3)
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return paper.stated(c)
