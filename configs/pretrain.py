"""Pre-train the packet encoder that ships, et-bert-mini: masked bigrams and same-origin bursts.

    python -m experiments.pretrain --config=configs/pretrain.py --workdir=runs/pretrain

Reads public captures (zeek, pcapplusplus, scan-ng: NAME.tar.xz in `data.folder`, not part of the
project) and the training part of the built-in recording's `round`; it measures on files that it
holds out. An hour on 2 cores; it resumes. Expect what RESULTS.md lists under "pre-training".

Variant "smoke" takes a minute on the built-in recording alone and measures nothing.
"""

from ml_collections import ConfigDict


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = ConfigDict()
    c.name = "pretrain"
    c.seed = 0
    c.encoder = ConfigDict({"size": "et-bert-mini", "word_rank": 64, "dropout": 0.0})
    c.start = ""  # an encoder's folder to go on from
    c.packet = ConfigDict({"bytes": "identity_free"})

    c.data = ConfigDict()
    c.data.folder = "../shared/data/public"
    c.data.archives = ("zeek", "pcapplusplus", "scan-ng")
    c.data.dataset = "testbed"  # the training part of `round`; "" for none

    c.task = ConfigDict()
    c.task.tokens_per_batch = 4096
    c.task.mask_share = 0.3  # 0.15 is the released code
    c.task.mask_span = 4  # 1 is the released code
    c.task.negatives = 4096  # 0 for the softmax over the whole vocabulary
    c.task.pair_share = 0.2
    c.task.bigram_weight = 1.0  # the paper's plain sum; 0.1 is the released code
    c.task.origin_pooling = "cls"  # | mean

    c.steps = 2_400
    c.learning_rate = 1e-3
    c.weight_decay = 0.01
    c.log_every = 20
    c.evaluate_every = 400
    c.save_every = 200
    c.held_out_batches = 8
    if variant == "smoke":
        c.name = "pretrain:smoke"
        c.encoder = ConfigDict({"size": "et-bert-tiny", "word_rank": 16, "dropout": 0.0})
        c.data.archives = ()
        c.task.tokens_per_batch = 256
        c.task.negatives = 64
        c.steps, c.log_every, c.evaluate_every, c.save_every = 4, 1, 4, 2
        c.held_out_batches = 1
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return c.lock()
