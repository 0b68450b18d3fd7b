"""What a reader must know about the data before believing a score on it."""

from __future__ import annotations

from collections.abc import Sequence

from pclip.report.paper_numbers import PAPER_DATASET
from pclip.report.results import SplitResults

_TESTBED = (
    f"It is not {PAPER_DATASET}, the paper's dataset: no number here confirms or refutes one of "
    "the paper's, only what the method does on this capture.",
    "One capture of eight minutes on one local network: few hosts, two of them attackers, all of "
    "them Linux, with a TTL of 64 nearly everywhere. The standard deviations are over seeds; they "
    "say nothing about another network.",
    "Attack phases follow each other, so time and addresses alone would give the class away; "
    "neither reaches a model as a field. Inside payloads names and addresses do, and so do times: "
    "the Date line of HTTP answers stands in about 1,000 packets and differs from one attack phase "
    "to the next; NTP packets carry theirs.",
    "All ten class names are in the captions of training: zero-shot here means that no classifier "
    "is trained, not that a class is new. No class is held out.",
    "Attack traffic comes in blocks, which makes context easy: the other 29 packets of a window "
    "name the last one's class by majority in 89 % of cases. A window score is not a packet score.",
    "The floods are mild (200 to 400 packets/s).",
    "ICMP Flood has 4 distinct inputs, two a round: its recall is all or nothing and moves a "
    "mean over ten classes by a tenth. Every macro score is therefore given without it as well.",
    "SYN Flood and UDP Flood have 4 and 5 distinct inputs. Bare SYNs, ACKs and RSTs belong to "
    "several classes at once: one packet alone cannot tell them apart.",
    "Top-5 of ten classes says little: half is chance and plain byte encoders pass 0.95.",
    "In the split random the packets of a window's context cross the split: a test window holds "
    "training packets. In flow and round it does not.",
    "ARP and other packets that are not IP take no part.",
    "The validation part of round is the last fifth of the packets of each training capture "
    "(a fifth by the clock would lack six classes): the attacker, the victims and the settings "
    "are those of training, so what is chosen on it is chosen on weak evidence.",
    "The pool of captions is drawn over all flows of the capture, and a flow has the class of "
    "most of its packets. A caption describes a whole flow; on random, and on round for the 18 "
    "flows that run across the middle of benign_3, that includes packets of the test part. "
    "Captions are read in training only, never at test time.",
    "In flow and random a window is drawn from what the split leaves: on flow from the packets of "
    "its own part alone, a fifth of the traffic in the test part. Only round has windows as dense "
    "as on a wire.",
    "In the scarcity rows a share is drawn packet by packet, within blocks of nearly identical "
    "packets: a third of the packets holds far more than a third of what there is to learn. "
    "Windows keep their context packets, of which only the labels are withheld.",
    "The DNN, the boosted trees and the logistic regressions weigh classes as the detectors do; "
    "the fine-tuning of ET-BERT and the training of the heads weigh none.",
    "The logistic regressions stop after 200 iterations, short of their optimum.",
    "Controls that draw nothing are measured once on round, where the split is fixed: that they "
    "have no spread is no sign of certainty.",
    "Detection controls learn the ten classes, all alike in weight, and their answers are summed "
    "into groups; the detectors learn the four groups. Their macro F1 is therefore not like with "
    "like, and neither is a balanced control's macro top-1 beside heads trained on the natural "
    "mix.",
    "With one layer the temporal Transformer has no order: the packets before the last are a bag.",
    "A verdict of `pclip detect` on a flow is that of its worst packet; how often a harmless flow "
    "is flagged is not measured here, only scores of windows are.",
)
SHORT_TESTBED = (
    f"Testbed capture, not {PAPER_DATASET}: few hosts, one operating system, mild floods, attacks "
    "in blocks (see Known limits)."
)
_SHORT_OTHER = "Read with the limits of the dataset in mind; this report knows none by name."


def short_limit(dataset: str) -> str:
    """One line to stand beside every score."""
    return SHORT_TESTBED if dataset == "testbed" else _SHORT_OTHER


def known_limits(dataset: str) -> tuple[str, ...]:
    """The known limits of a dataset, one sentence group each."""
    return _TESTBED if dataset == "testbed" else (_SHORT_OTHER,)


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
    if name == "round":
        notes.append("Another attacker, other victims and other settings than in training.")
        notes.append(
            "The split is fixed: the spread over seeds is that of initialisation and batches only."
        )
    if name in ("flow", "random"):
        notes.append("The spread over seeds includes the draw of the split.")
    overlap = overlap_line(name, split)
    return [*notes, overlap] if overlap else notes
