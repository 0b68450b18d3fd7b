"""How much of a score comes from bytes that name hosts, users or the time of day.

    python -m experiments.leak --config=configs/leak.py --workdir=runs/leak_nameless

The protocol is that of configs/reproduce.py on its split `round`; only the bytes that a model may
see differ (docs/policies.md), so that results/reproduce, with `identity_free`, stands beside it:
variant "" (or "nameless") also masks the names and times within payloads, "paper" leaves every
identity in but the addresses and ports of a packet's own headers (those in packets that ICMP errors
quote and tunnels carry show), "legacy38" is what the released ET-BERT code reads. About ten minutes
each on 2 cores. Expect what RESULTS.md lists under "leak_nameless".
"""

from ml_collections import ConfigDict

from configs import paper, reproduce

NAMELESS = "nameless"
POLICIES = ("", NAMELESS, "paper", "legacy38")


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" is "nameless", "paper", "legacy38" or "smoke")."""
    c = reproduce.beside("leak")
    c.seeds = paper.seeds(round=3)
    if variant == "smoke":
        paper.smoke(c)
        c.packet.bytes = NAMELESS
    elif variant in POLICIES:
        c.packet.bytes = variant or NAMELESS
    else:
        raise ValueError(f"variants are {', '.join(POLICIES[1:])} and smoke, not {variant!r}")
    return paper.stated(c)
