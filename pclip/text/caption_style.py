"""What a caption consists of."""

from __future__ import annotations

from dataclasses import dataclass

from pclip.errors import PclipError

POLICIES = ("paper", "label_free")


@dataclass(frozen=True)
class CaptionStyle:
    """What captions say, beside the description of the flow.

    Attributes:
        policy: "paper" begins with "A network traffic of LABEL."; "label_free" has neither the
            label nor concepts, which come from the label: the description alone remains, and a
            model that learns from it is told of a flow what the flow table says.
        paraphrases: whether descriptions are drawn from the templates and their accepted
            paraphrases, or from the templates alone.
        concepts: whether key concepts of the label's mission are appended, under "paper".

    Raises:
        PclipError: an unknown policy, or concepts under "label_free".

    Source: PacketCLIP section 3.2; "label_free" is ours.
    """

    policy: str = "paper"
    paraphrases: bool = True
    concepts: bool = True

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise PclipError(
                f"caption policy {self.policy!a}: expected one of {', '.join(POLICIES)}"
            )
        if self.policy == "label_free" and self.concepts:
            raise PclipError(
                "captions that are label_free have no concepts, which come from the label: "
                "set concepts to False too"
            )
