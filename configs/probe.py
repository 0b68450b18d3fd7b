"""Does pre-training help? Linear and nearest-neighbour probes on frozen packet vectors.

    python -m experiments.probe --config=configs/probe.py --workdir=runs/probe

Pre-trained against random weights, byte histogram and hashed bigrams, on `round`, `flow` and
`random`, 3 seeds. Every setting is chosen on validation; each recipe sees the test part once, which
the file `config.looks` records for all runs: to reproduce a look that is in it, name a file of your
own. At most 1,000 packets of each class stand for each part, all with
`--config.packets_per_class=0`. Half an hour on 2 cores of a CPU, most of it for encoding packets
with four encoders. Expect nobody above the row `oracle`, and on `round` what RESULTS.md lists.

Variants: "validation" never touches a test part and takes two to three minutes of one core for an
encoder; it compares recipes on `round`:

    python -m experiments.probe --config=configs/probe.py:validation --workdir=runs/step_1000 \\
        "--config.encoders=('FOLDER',)"

"smoke" takes half a minute and measures nothing.
"""

from ml_collections import ConfigDict

from configs import paper


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("", "validation" or "smoke")."""
    c = ConfigDict()
    c.name = "probe"
    c.dataset = "testbed"
    c.most_packets_per_class = 0  # of each class in each capture, before it is divided; 0 for all
    # Of each class in each part, evenly spaced, each standing for its share; 0 for all.
    c.packets_per_class = 1_000
    c.seeds = paper.seeds(round=3, flow=3, random=3)
    c.packet = ConfigDict({"bytes": "identity_free", "tokens": 128})

    # Names or folders; with :random behind it, the same sizes with weights drawn from the seed.
    c.encoders = ("et-bert-mini", "et-bert-mini:random")
    c.encoder = ConfigDict()
    c.encoder.layer = 0  # which block's output, from 1; 0 for the last
    c.encoder.pooling = "mean"  # | cls | mean+max
    c.counted = ("byte_histogram", "hashed_bigrams")
    c.hashed_bigrams = ConfigDict({"size": 4_096, "positions": 1, "seed": 0})

    c.probes = ("linear", "neighbours")
    c.linear = ConfigDict()
    c.linear.penalties = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
    c.linear.iterations = 200
    c.neighbours = ConfigDict({"counts": (1, 3, 5, 25)})

    c.test = True
    c.purpose = "the table of RESULTS.md"  # what the look at the test part is for
    c.looks = "results/probe/looks.jsonl"  # looks of all runs; "" for those of the workdir alone
    if variant == "validation":
        c.test = False
        c.seeds = paper.seeds(round=1)
        c.encoders = ("et-bert-mini",)
        c.counted = ()
    elif variant == "smoke":
        c.seeds = paper.seeds(round=2, random=1)
        c.packets_per_class = 30
        c.encoders = ("et-bert-tiny:random",)
        c.linear.iterations = 20
        c.purpose = paper.SMOKE
        c.looks = ""
    elif variant:
        raise ValueError(f"variants are '', 'validation' and 'smoke', not {variant!r}")
    return c.lock()
