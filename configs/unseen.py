"""What was never met in training: flows, tools, and a whole recording.

    python -m experiments.unseen --config=configs/unseen.py --workdir=runs/unseen_recording

Variant "" trains on rounds 1 and 2 of the built-in recording, chooses on its round 3 and is tested
on all four rounds of another, recordings/8, drawn from another seed and recorded after it; "tool"
tests on one program (of Slowloris: one mode) of each attack class that training did not meet,
another with each seed; "flow" on other flows of the same traffic. The protocol is that of
configs/reproduce.py, so that its splits `round` and `random` may stand beside these; about ten
minutes each on 2 cores. Expect what RESULTS.md lists under "unseen_recording", "unseen_tool" and
"unseen_flow".
"""

from ml_collections import ConfigDict

from configs import paper, reproduce


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("", "tool", "flow" or "smoke")."""
    c = reproduce.beside("unseen")
    c.controls = tuple(name for name in c.controls if name != "random_forest_bytes")
    if variant in ("tool", "flow"):
        c.seeds = paper.seeds(**{variant: 3})
        return paper.stated(c)
    c.dataset = "testbed+recordings/8"
    c.seeds = paper.seeds(recording=3)
    # The pool is drawn over both recordings: as many captions of the first one as it has alone.
    c.captions.most *= 2
    if variant == "smoke":
        paper.smoke(c)
        c.seeds = paper.seeds(tool=1, recording=1, flow=1)
    elif variant:
        raise ValueError(f"variants are '', 'tool', 'flow' and 'smoke', not {variant!r}")
    return paper.stated(c)
