"""How much of the scores is read from names, addresses and counters: one byte policy a run.

    python -m experiments.leak --config=configs/leak.py:nameless --workdir=runs/leak_nameless

The protocol is that of configs/reproduce.py on split `round`, with the same 3 seeds; only the bytes
differ, so that its row `round` stands beside these. "nameless" zeroes in payloads what names hosts,
users or the time of day; "paper" leaves sequence numbers, checksums and identifiers in, "legacy38"
addresses and ports too. Variant "" is `identity_free`, which "reproduce" has measured. About eight
minutes each on 2 cores. Expect what RESULTS.md lists under "Scores by byte policy".
"""

from ml_collections import ConfigDict

from configs import paper, reproduce

POLICIES = ("nameless", "paper", "legacy38")


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("", "nameless", "paper", "legacy38" or "smoke")."""
    c = reproduce.get_config().unlock()
    c.name = "leak"
    elsewhere = ("random", "scarcity", "ET-BERT")
    kept = tuple(line for line in c.reductions if not line.startswith(elsewhere))
    c.reductions = (*kept, "no ET-BERT beside the detectors")
    c.seeds = paper.seeds(round=3)
    c.reasoning = ("gnn", "temporal", "dnn", "xgboost", "lightgbm")
    c.scarcity.fractions = ()
    c.controls = tuple(name for name in c.controls if name != "shuffled_labels")
    if variant in POLICIES:
        c.packet.bytes = variant
    elif variant == "smoke":
        paper.smoke(c)
        c.packet.bytes = "nameless"
        c.seeds = paper.seeds(round=2)
    elif variant:
        known = ", ".join(repr(name) for name in ("", *POLICIES))
        raise ValueError(f"variants are {known} and 'smoke', not {variant!r}")
    return c.lock()
