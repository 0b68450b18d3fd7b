"""The full protocol on the built-in capture: every system, 3 seeds, one split a run.

    python -m experiments.paper --config=configs/paper.py --workdir=runs/paper

3,000 steps, batch 128, windows of 30 packets (section 4.1); 37 minutes on 2 cores that had
other work too; it resumes. Expect what RESULTS.md lists under "paper": the encoders are
not the paper's (random ET-BERT weights, MiniLM for RoBERTa), the data neither.

Variants: "" is split `round` (another attacker, other victims, other settings), "flow" and
"random" (the paper's) are the same on those splits. "jraph" reasons on `jraph.GraphsTuple`,
"paper_size" has the 12-layer temporal model that the paper's counts suggest, "no_localisation"
leaves labels alone. "smoke" takes a minute or two and measures nothing.
The fractions of Figure 9 are configs/scarcity.py's.

"aci_iot" is the paper's own dataset, which you bring and prepare (docs/aci-iot-2023.md), on the
splits random (the paper's) and flow. Nobody has timed it; encoding millions of packets takes
hours, on a CPU days:

    python -m experiments.paper --config=configs/paper.py:aci_iot --workdir=runs/aci_iot
"""

from ml_collections import ConfigDict

# In `stated`, the part of the built-in recording that `round` trains on.
TRAINING_PACKETS = 83_516
SMOKE = "smoke variant: a walk through the code, not a measurement"


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant`."""
    c = full_protocol()
    if variant == "smoke":
        smoke(c)
    elif variant in ("flow", "random"):
        c.seeds = seeds(**{variant: 3})
    elif variant == "aci_iot":
        c.dataset = "aci_iot"
        c.seeds = seeds(random=3, flow=3)
        c.scarcity.splits = ("random",)
    elif variant == "jraph":
        c.detector.impl = "jraph"
    elif variant == "paper_size":
        c.detector.temporal = ConfigDict({"width": 128, "layers": 12, "heads": 8, "ff": 2048})
    elif variant == "no_localisation":
        c.detector.localisation = False
    elif variant:
        known = "flow, random, aci_iot, jraph, paper_size, no_localisation, smoke"
        raise ValueError(f"variants are {known}, not {variant!r}")
    return stated(c)


def full_protocol() -> ConfigDict:
    """The variant "", unlocked: what the other configs begin with."""
    c = ConfigDict()
    c.name = "paper"
    c.dataset = "testbed"  # | aci_iot | a folder with labels.csv | several joined by "+"
    # What is left out, printed beside the results: `stated` says it.
    c.reductions = ()
    # SPLIT -> number of seeds, from 0 on; 0 leaves the split out.
    c.seeds = seeds(round=3)
    # 0 for all packets; otherwise so many of each class in each capture, evenly spaced.
    c.most_packets_per_class = 0

    c.packet = ConfigDict()
    c.packet.encoder = "et-bert-mini"
    c.packet.bytes = "identity_free"  # | nameless | paper | legacy38 (addresses stay in)
    c.packet.tokens = 128  # packets are read to so many positions
    c.text = ConfigDict()
    c.text.encoder = "minilm"
    c.captions = ConfigDict({"seed": 0, "most": 20_000})
    c.captions.policy = "paper"  # | label_free: no label, and no concepts, which come from it
    # Of the templates: "shipped" | "none" | a bank that experiments.describe wrote.
    c.captions.paraphrases = "shipped"
    c.captions.concepts = True
    # The detectors' graphs: "shipped", or a folder of mission files, or files joined by "+"; or
    # these changed: "pruned", "shuffled" (words dealt anew among the missions, for each seed),
    # "random_words" (everyday words in their places), each also as "shuffled:FOLDER". Captions keep
    # the words of the graphs as they were written.
    c.missions = ConfigDict({"graphs": "shipped", "seed": 0})

    c.alignment = ConfigDict()
    c.alignment.heads = ("none", "packet", "both")
    c.alignment.steps = 3_000
    c.alignment.batch_size = 128
    c.alignment.learning_rate = 5e-4
    c.alignment.b1, c.alignment.b2, c.alignment.eps = 0.9, 0.8, 1e-6
    c.alignment.temperature = 0.07  # the paper gives none
    c.alignment.learn_temperature = False
    c.alignment.infonce = "symmetric"  # | text_to_packet, the paper's formula
    c.alignment.denominator = "with_positive"  # | negatives_only, section 3.3 read literally
    c.alignment.positives = "diagonal"  # | mask_duplicates
    c.alignment.sampling = "natural"  # | balanced
    c.alignment.standardise = True
    c.alignment.evaluate_every = 100
    c.alignment.save_every = 1_000

    c.detector = ConfigDict()
    c.detector.heads = "both"  # whose joint space the detectors see
    c.detector.window = 30
    c.detector.steps = 3_000
    c.detector.batch_size = 128
    c.detector.learning_rate = 5e-4
    c.detector.b1, c.detector.b2, c.detector.eps = 0.9, 0.8, 1e-6
    c.detector.dim = 8
    c.detector.propagate = "carry"  # | released
    c.detector.readout = "last"  # | all
    c.detector.impl = "dense"  # | jraph
    c.detector.temporal = ConfigDict({"width": 128, "layers": 1, "heads": 8, "ff": 128})
    c.detector.benign_weight = 1e-3
    c.detector.smoothing = 1e-3
    # MissionGNN's decaying threshold; made for weak labels, it relabels true ones.
    c.detector.localisation = True
    c.detector.sampling = "natural"
    c.detector.evaluate_every = 500
    c.detector.save_every = 250

    c.dense = ConfigDict()
    c.dense.hidden = (256, 128)
    c.dense.steps = 3_000
    c.dense.batch_size = 128
    c.dense.learning_rate = 5e-4

    c.fine_tuning = ConfigDict()
    c.fine_tuning.encoder = "et-bert-tiny"
    c.fine_tuning.steps = 150
    c.fine_tuning.batch_size = 32
    c.fine_tuning.tokens = 128  # packets are cut to so many
    c.fine_tuning.learning_rate = 1e-4  # from random weights; 2e-5 is for pre-trained ones
    c.fine_tuning.warmup = 0.1
    c.fine_tuning.save_every = 250

    c.trees = ConfigDict({"rounds": 100})

    c.reasoning = ("gnn", "temporal", "dnn", "xgboost", "lightgbm", "et_bert_finetuned")
    c.scarcity = ConfigDict()
    c.scarcity.splits = ("round",)
    c.scarcity.fractions = ()
    # "best_baseline" is the one of dnn, xgboost, lightgbm that is best on validation.
    c.scarcity.systems = ("gnn", "best_baseline", "et_bert_finetuned")
    c.controls = (
        "majority",
        "random_forest_bytes",
        "logistic_regression",
        "logistic_window",
        "overlap",
        "context_majority",
    )
    return c


def seeds(**given: int) -> ConfigDict:
    """How many seeds of each split, 0 where it is not named."""
    return ConfigDict({"round": 0, "tool": 0, "recording": 0, "flow": 0, "random": 0} | given)


def smoke(c: ConfigDict) -> None:
    """Cut `c` down to a minute: every path is walked, nothing is learnt."""
    c.reductions = (SMOKE,)
    c.seeds = seeds(round=2, random=1)
    c.most_packets_per_class = 40
    c.packet.encoder = "et-bert-tiny"
    c.captions.most = 60
    c.detector.window = 6
    for part in (c.alignment, c.detector, c.dense, c.fine_tuning):
        part.steps = 6
        part.batch_size = 16
    for part in (c.alignment, c.detector, c.fine_tuning):
        part.save_every = 3
    c.alignment.evaluate_every = c.detector.evaluate_every = 3
    c.trees.rounds = 3


def stated(c: ConfigDict) -> ConfigDict:
    """`c`, locked, with what it leaves out of the full protocol in `c.reductions`.

    The lines follow from the values, so that those of an overridden config are as true; lines
    written by hand are replaced. Steps, seeds, packets, captions, lengths, windows and encoders
    are looked at; which systems and controls are measured shows in the tables.
    """
    full = full_protocol()
    lines = [
        f"{split} with {_counted(number, 'seed')} (paper config: {full.seeds.round})"
        for split, number in c.seeds.items()
        if 0 < number < full.seeds.round
    ]
    if c.most_packets_per_class:
        lines.append(f"at most {c.most_packets_per_class:,} packets of each class in each capture")
    if c.packet.encoder != full.packet.encoder:
        lines.append(f"packet encoder {c.packet.encoder} ({full.packet.encoder})")
    if c.detector.window < full.detector.window:
        lines.append(f"windows of {c.detector.window} packets ({full.detector.window})")
    if c.packet.tokens < full.packet.tokens:
        lines.append(f"packets read to {c.packet.tokens} positions ({full.packet.tokens})")
    detects = {"gnn", "temporal"} & {*c.reasoning}
    short = [
        _steps(c[part], full[part], f"{part} steps", "")
        for part, runs in (("alignment", c.alignment.heads), ("detector", detects))
        if runs and _fewer(c[part], full[part])
    ]
    if short:
        lines.append("; ".join(short))
    if detects and not c.detector.localisation:
        lines.append("no localisation (paper config: on, as MissionGNN)")
    if c.scarcity.fractions and _fewer(c.detector, full.detector):
        lines.append(f"scarcity limited by steps{_epochs(c)}, so a level curve says nothing there")
    lines += _single_packet(c, full)
    if c.captions.most < full.captions.most:
        recordings = c.dataset.count("+") + 1
        of = f" of {'both' if recordings == 2 else recordings} recordings" if recordings > 1 else ""
        lines.append(
            f"at most {c.captions.most:,} distinct captions{of}; flows beyond them take no part "
            "in alignment"
        )
    lines += _captions(c)
    if c.reasoning and "et_bert_finetuned" not in c.reasoning:
        lines.append("no ET-BERT beside the detectors")
    lines += [SMOKE] * (SMOKE in c.reductions)
    with c.unlocked():
        c.reductions = tuple(lines)
    return c.lock()


def _captions(c: ConfigDict) -> list[str]:
    """What captions lack of the paper's."""
    lacks = {
        "the label": c.captions.policy != "label_free",
        "paraphrases": c.captions.paraphrases != "none",
        "concepts": c.captions.concepts,
    }
    names = [name for name, there in lacks.items() if not there]
    return [f"captions without {', '.join(names)} (paper config: with)"] if names else []


def _single_packet(c: ConfigDict, full: ConfigDict) -> list[str]:
    """What is left out of the detectors that judge a packet alone."""
    lines, tuned = [], c.fine_tuning
    if "et_bert_finetuned" in c.reasoning:
        tokens, full_tokens = tuned.tokens, full.fine_tuning.tokens
        less = f" on {tokens} tokens (base, 10 epochs, {full_tokens})"
        size = tuned.encoder.rpartition("-")[2]
        lines.append(
            f"ET-BERT fine-tuned at size {size} for {tuned.steps:,} steps"
            + (less if tokens < full_tokens else " (ET-BERT: base, 10 epochs)")
        )
    short = []
    if "dnn" in c.reasoning and _fewer(c.dense, full.dense):
        short.append(_steps(c.dense, full.dense, "steps", " of the DNN"))
    if {"xgboost", "lightgbm"} & {*c.reasoning} and c.trees.rounds < full.trees.rounds:
        short.append(f"{c.trees.rounds} rounds of boosted trees ({full.trees.rounds})")
    return lines + [", ".join(short)] * bool(short)


def _fewer(part: ConfigDict, full: ConfigDict) -> bool:
    """Whether fewer samples are drawn; as many in other batches are no reduction."""
    return part.steps * part.batch_size < full.steps * full.batch_size


def _steps(part: ConfigDict, full: ConfigDict, steps: str, of: str) -> str:
    """Steps beside those of the full protocol, with the batches where they differ."""
    if part.batch_size == full.batch_size:
        return f"{part.steps:,} {steps}{of} ({full.steps:,})"
    return (
        f"{part.steps:,} {steps}{of} at batch {part.batch_size} "
        f"({full.steps:,} at {full.batch_size})"
    )


def _epochs(c: ConfigDict) -> str:
    """How often the detector meets a training packet, where we know how many there are."""
    if c.dataset != "testbed" or c.most_packets_per_class or tuple(c.scarcity.splits) != ("round",):
        return ""
    return f": {c.detector.steps * c.detector.batch_size / TRAINING_PACKETS:.1f} epochs at 100 %"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
