"""Figure 7: zero-shot accuracy during training, by heads on the encoders.

    python -m experiments.heads --config=configs/heads.py --workdir=runs/heads

The full alignment protocol on `round`, without detectors; about ten minutes on 2 cores. Expect
both heads to rise faster than the packet head alone, and `none` at chance: packet and text
vectors differ in width, so that it has nothing but a random map between them.
"""

from ml_collections import ConfigDict

from configs import paper


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = paper.full_protocol()
    c.name = "heads"
    c.seeds = paper.seeds(round=5)
    c.alignment.evaluate_every = 50
    c.reasoning = ()
    c.controls = ()
    if variant == "smoke":
        paper.smoke(c)
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return paper.stated(c)
