"""The router encoder: a student of 1.28 MFLOP a packet in the packet encoder's place.

    python -m experiments.distil --config=configs/distil.py --workdir=runs/distil

Distils `packet.encoder` on the training part of `round`, brings the student into int8, and trains
heads and detectors on the vectors of all three; 3 seeds, ten minutes on 2 cores. Heads and
detectors are trained as in configs/reproduce.py, except that packets are read to 128 positions.
Expect a few points of macro top-1 and mAUC lost, and next to none between the student and its int8
form.
"""

from ml_collections import ConfigDict

from configs import paper, reproduce


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = reproduce.beside("distil")
    c.seeds = paper.seeds(round=3)
    c.packet.tokens = 128
    c.alignment.heads = (c.detector.heads,)
    c.reasoning = ("gnn",)
    c.controls = ()
    c.student = ConfigDict()
    c.student.byte_width = 8
    c.student.patch = 8
    c.student.patch_width = 128
    c.student.squeezed = 32
    c.student.hidden = (384, 384)
    c.student.steps = 4_000
    c.student.batch_size = 256
    c.student.learning_rate = 2e-3
    c.student.warmup = 0.1
    c.student.evaluate_every = 500
    c.student.save_every = 500
    if variant == "smoke":
        paper.smoke(c)
        c.seeds = paper.seeds(round=1)
        c.student.steps = 6
        c.student.batch_size = 16
        c.student.evaluate_every = c.student.save_every = 3
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return paper.stated(c)
