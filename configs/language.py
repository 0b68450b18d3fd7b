"""What captions and mission graphs are worth: one of them written in another way.

    python -m experiments.language --config=configs/language.py:templates \
        --workdir=runs/templates

All else is configs/reproduce.py's, with 3 seeds on `round` and on the paper's `random`. Variants of
captions, scored zero-shot: "templates", "paraphrases" (of a language model, checked) and "shipped"
(with concepts too: the default). Variants of graphs, scored in detection: "shipped", "pruned",
"shuffled" (words dealt anew among the missions), "random_words". A few minutes each on 2 cores.
Expect what RESULTS.md lists under "What the language is worth".
"""

from ml_collections import ConfigDict

from configs import paper, reproduce

CAPTIONS = {"templates": ("none", False), "paraphrases": ("shipped", False)}
GRAPHS = ("pruned", "shuffled", "random_words")


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" is "shipped"; also "smoke")."""
    c = reproduce.beside("language")
    c.seeds = paper.seeds(round=3, random=3)
    c.controls = ()
    # More than there are: a bound would leave flows out, other ones for each way of writing.
    c.captions.most = 20_000
    c.alignment.heads = ("packet", "both")
    c.reasoning = ("gnn", "temporal")
    if variant == "smoke":
        paper.smoke(c)
        c.missions.graphs = "shuffled"
    elif variant in CAPTIONS:
        c.captions.paraphrases, c.captions.concepts = CAPTIONS[variant]
        c.reasoning = ()
    elif variant in GRAPHS:
        c.missions.graphs = variant
        c.alignment.heads = ("both",)
        c.reasoning = ("gnn",)
    elif variant not in ("", "shipped"):
        known = ", ".join((*CAPTIONS, "shipped", *GRAPHS, "smoke"))
        raise ValueError(f"variants are {known}, not {variant!r}")
    return paper.stated(c)
