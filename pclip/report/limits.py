"""What a reader must know about the data before believing a score on it."""

from __future__ import annotations

from collections.abc import Sequence

from pclip.report.paper_numbers import PAPER_DATASET
from pclip.report.results import SplitResults

BUILT_IN, FIRST = "testbed", "testbed-v1"

_NOT_THE_PAPERS = (
    f"It is not {PAPER_DATASET}, the paper's dataset: no number here confirms or refutes one of "
    "the paper's, only what the method does on this traffic."
)
_DETECTION_CONTROLS = (
    "Detection controls learn the ten classes, all alike in weight, and their answers are summed "
    "into groups; the detectors learn the four groups. Their macro F1 is therefore not like with "
    "like, and neither is a balanced control's macro top-1 beside heads trained on the natural "
    "mix."
)
# Of the method and the splits, whatever the data.
_EVERYWHERE = (
    "All ten class names are in the captions of training: zero-shot here means that no classifier "
    "is trained, not that a class is new. No class is held out.",
    "The mission graphs and the paraphrases that ship were written by a language model that is "
    "not named, not by the paper's GPT-4o and LLaMA 3; 'What the language is worth' says how to "
    "use these.",
    "Every macro score is given a second time without ICMP Flood, the class with the fewest "
    "distinct inputs in the first recording of the testbed (four).",
    "Top-5 of ten classes says little: half is chance and plain byte encoders pass 0.95.",
    "In the split random the packets of a window's context cross the split: a test window holds "
    "training packets. In the others it does not.",
    "In flow and tool a window is drawn from what the split leaves: on flow from the packets of "
    "its own part alone, a fifth of the traffic in the test part; on tool from a fifth of the "
    "benign flows and the packets of the tools held out, which makes it purer. The others have "
    "windows as dense as on a wire.",
    "ARP and other packets that are not IP take no part.",
    "The pool of captions is drawn over all flows, and a flow has the class of most of its "
    "packets. A caption describes a whole flow; on random that includes packets of the test part. "
    "Captions are read in training only, never at test time.",
    "In the scarcity rows a share is drawn packet by packet, within blocks of nearly identical "
    "packets: a third of the packets holds far more than a third of what there is to learn. "
    "Windows keep their context packets, of which only the labels are withheld.",
    "The DNN, the boosted trees and the logistic regressions weigh classes as the detectors do; "
    "the fine-tuning of ET-BERT and the training of the heads weigh none.",
    "The logistic regressions stop after 200 iterations, short of their optimum.",
    "Controls that draw nothing are measured once where the split is fixed (round, recording): "
    "that they have no spread is no sign of certainty.",
    _DETECTION_CONTROLS,
    "With one layer the temporal Transformer has no order: the packets before the last are a bag.",
    "A verdict of `pclip detect` on a flow is that of its worst packet; how often a harmless flow "
    "is flagged is not measured here, only scores of windows are.",
)
# The same of data with other classes than the paper's ten.
_ANY_CLASSES = {
    _EVERYWHERE[0]: _EVERYWHERE[0].replace("All ten class", "All class"),
    _EVERYWHERE[2]: "Scores without ICMP Flood leave out a class of that name, where there is one.",
    _EVERYWHERE[3]: "With few classes top-5 says little: five of them are right by chance.",
    _DETECTION_CONTROLS: _DETECTION_CONTROLS.replace("the ten classes", "the classes").replace(
        "the four groups", "the groups"
    ),
}
_TESTBED = (
    "One recording of a quarter of an hour on one machine: 21 virtual hosts on three subnets, all "
    "of them Linux whose TTL, TCP options, ECN and MTU are set to differ. The standard deviations "
    "are over seeds; they say nothing about another network.",
    "Addresses, ports and absolute time do not reach a model as fields. Inside payloads names and "
    "addresses do, and so do times: 2,750 packets hold the Date line of an HTTP answer, 6,690 "
    "echoes the time that ping writes into them; NTP packets carry theirs.",
    "Attacks overlap each other and harmless traffic, but still come in blocks: the other "
    "packets of a window mostly name the last one's class (control context_majority). A window "
    "score is not a packet score.",
    "Floods are mild (some hundreds of packets/s), attacks many and close together, harmless "
    "traffic is what a script makes of real programs.",
    "Classes differ in variety: SYN Flood has 472 distinct inputs, OS Scan 549, DNS Flood 8,712, "
    "Benign 21,089; most of ICMP Flood's 7,632 are the times that ping writes. Bare SYNs, ACKs and "
    "RSTs belong to several classes at once: one packet alone cannot tell them apart.",
    "Some SYNs and TCP probes of attacks carry random data, about one burst in four or five of a "
    "tool that is told to; no harmless SYN does. Much of their variety (windows, sizes, options) "
    "is drawn at random as well.",
    "The validation part of round has the attackers and victims of training: what is chosen on it "
    "says little about others.",
    "The packet encoder that ships was pre-trained on the training part of round, without labels. "
    "The splits random, flow and tool deal the same packets otherwise: 42 % to 54 % of their test "
    "packets, by split and seed, were among them. Of round's and recording's, none was.",
    "The split tool chooses on tools that training has met. Each seed holds out other tools and "
    "leaves more or less to learn from, so its spread is that of the tools and of what is left.",
    "The split recording has the same lab on both sides: the same hosts, servers and tools; the "
    "scenario is drawn anew and every packet recorded anew.",
)
_FIRST = (
    "One capture of eight minutes on one local network: few hosts, two of them attackers, all of "
    "them Linux, with a TTL of 64 nearly everywhere. The standard deviations are over seeds; they "
    "say nothing about another network.",
    "Attack phases follow each other: the other 29 packets of a window name the last one's class "
    "by majority in 89 % of cases. ICMP, SYN and UDP floods have 4 or 5 distinct inputs each, all "
    "or nothing.",
    "The validation part of round is the last fifth of the packets of each training capture: the "
    "attacker, the victims and the settings are those of training.",
)
_OF_DATASET = {BUILT_IN: _TESTBED, FIRST: _FIRST}
SHORT_TESTBED = (
    f"Testbed recording, not {PAPER_DATASET}: one lab of Linux hosts, mild floods, attacks in "
    "blocks (see Known limits)."
)
_SHORT_OTHER = "Read with the limits of the dataset in mind; this report knows none by name."


def short_limit(dataset: str) -> str:
    """One line to stand beside every score."""
    return SHORT_TESTBED if _known(dataset) else _SHORT_OTHER


def known_limits(dataset: str) -> tuple[str, ...]:
    """The known limits of a dataset, one sentence group each."""
    known = _known(dataset)
    own = tuple(line for name in known for line in _OF_DATASET[name])
    if known:
        return (_NOT_THE_PAPERS, *own, *_EVERYWHERE)
    return (_SHORT_OTHER, *(_ANY_CLASSES.get(limit, limit) for limit in _EVERYWHERE))


def _known(dataset: str) -> list[str]:
    """Those of the dataset's joined recordings that this report knows."""
    return [name for name in dataset.split("+") if name in _OF_DATASET]


def overlap_line(name: str, split: SplitResults) -> str | None:
    """How much of the test part had been seen, byte for byte; None where it was not measured."""
    share = split.controls.get("overlap", {}).get("share")
    if share is None:
        return None
    spread = "" if share.std is None else f" ± {100 * share.std:.1f}"
    seeds = "" if share.fixed else f" ({share.n} {'seed' if share.n == 1 else 'seeds'})"
    return (
        f"Split {name}: {100 * share.mean:.1f}{spread} % of the test packets{seeds} "
        "have input bytes that occur in training as well."
    )


def split_notes(name: str, split: SplitResults) -> Sequence[str]:
    """What is to be said about one split beside its scores."""
    notes = []
    if name == "random":
        notes.append(
            "Context packets cross this split, so window scores here lean on training packets."
        )
    if name == "tool":
        notes.append(
            "Attacks of the test part come from tools that training never met in any class: one "
            "for each class (of Slowloris, a mode of its one tool), another with each seed. "
            "What these did in other classes takes no part."
        )
        for seed, tools in zip(split.seeds, split.held_out, strict=False):
            held = "; ".join(f"{name}: {tool}" for name, tool in tools.items())
            notes.append(f"Seed {seed} holds out {held}.")
    if name == "recording":
        notes.append("Tested on a whole recording made anew from another scenario.")
    if name == "round":
        notes.append("Another attacker, other victims and other settings than in training.")
        notes.append(
            "The split is fixed: the spread over seeds is that of initialisation and batches only."
        )
    if name in ("tool", "flow", "random"):
        notes.append("The spread over seeds includes the draw of the split.")
    overlap = overlap_line(name, split)
    return [*notes, overlap] if overlap else notes
