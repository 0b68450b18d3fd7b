"""What detection answers: probabilities of each packet's window, and a verdict on each flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pclip.errors import PclipError
from pclip.models.detector import BENIGN
from pclip.packets import FlowTable, PacketTable, flow_table

THRESHOLD = 0.5
PROTOCOL_NAMES = {
    1: "ICMP",
    2: "IGMP",
    6: "TCP",
    17: "UDP",
    33: "DCCP",
    47: "GRE",
    50: "ESP",
    58: "ICMPv6",
    132: "SCTP",
    136: "UDP-Lite",
}


@dataclass(frozen=True)
class FlowVerdict:
    """One flow: who, how much, and what it was found to be.

    Attributes:
        time: of its first packet, UTC.
        capture: the capture's name.
        src: address that sent the first packet.
        sport: its port, None where the protocol has none.
        dst: the other address.
        dport: its port, None where the protocol has none.
        protocol: name, or number where we have none.
        packets: packets of the flow.
        flagged_packets: those whose attack probability reaches the threshold.
        verdict: "Benign", or the likeliest attack group where a packet is flagged.
        attack_probability: the highest over its packets, 1 - P(Benign).
        probabilities: of each group, at the packet with that highest value.
    """

    time: str
    capture: str
    src: str
    sport: int | None
    dst: str
    dport: int | None
    protocol: str
    packets: int
    flagged_packets: int
    verdict: str
    attack_probability: float
    probabilities: Mapping[str, float]

    @property
    def flagged(self) -> bool:
        """Whether the threshold was reached."""
        return self.flagged_packets > 0


@dataclass(frozen=True, eq=False)
class Detections:
    """Verdicts on the n usable packets of a capture.

    Attributes:
        groups: what is told apart, "Benign" first.
        packets: the usable packets.
        probabilities: float32 [n, groups]: of the window that ends with the packet.
        window: A, packets of a window.
        read: packets that the capture holds.
        skipped: packets that could not be used, by reason.
        model: the model's name.
        note: on the packet encoder's weights.
    """

    groups: tuple[str, ...]
    packets: PacketTable
    probabilities: NDArray[np.float32]
    window: int
    read: int
    skipped: Mapping[str, int]
    model: str
    note: str

    @property
    def attack_probability(self) -> NDArray[np.float32]:
        """float32 [n]: 1 - P(Benign)."""
        return 1 - self.probabilities[:, BENIGN]

    @cached_property
    def flows(self) -> FlowTable:
        """The flows of the usable packets."""
        return flow_table(self.packets)

    def flow_verdicts(self, threshold: float = THRESHOLD) -> tuple[FlowVerdict, ...]:
        """A verdict on each flow, by the time of its first packet.

        Args:
            threshold: attack probability from which a packet is flagged, in [0, 1].

        Raises:
            PclipError: no such threshold.
        """
        if not 0 <= threshold <= 1:
            raise PclipError(f"threshold is {threshold}, expected a number from 0 to 1")
        flow, packets, columns = self.flows.flow_of_packet, self.packets, self.flows.columns
        attack, count = self.attack_probability, len(self.flows)
        members = np.bincount(flow, minlength=count)
        flagged = np.bincount(flow[attack >= threshold], minlength=count)
        opener = _first_of_each(flow, (packets.index, packets.time_ns))
        # The earliest of the packets that share the highest value.
        peak = _first_of_each(flow, (packets.index, packets.time_ns, -attack))
        times = np.datetime_as_string(packets.time_ns[opener].astype("M8[ns]"), unit="us")
        has_ports = packets.source_port[opener] >= 0
        verdicts = []
        for i in np.lexsort((np.arange(count), packets.time_ns[opener])):
            at_peak = self.probabilities[peak[i]]
            likeliest = 1 + int(at_peak[1:].argmax())
            number = int(columns["Protocol"][i])
            verdicts.append(
                FlowVerdict(
                    time=f"{times[i]}Z",
                    capture=packets.captures[packets.capture[opener[i]]],
                    src=str(columns["Src IP"][i]),
                    sport=int(columns["Src Port"][i]) if has_ports[i] else None,
                    dst=str(columns["Dst IP"][i]),
                    dport=int(columns["Dst Port"][i]) if has_ports[i] else None,
                    protocol=PROTOCOL_NAMES.get(number, str(number)),
                    packets=int(members[i]),
                    flagged_packets=int(flagged[i]),
                    verdict=self.groups[likeliest if flagged[i] else BENIGN],
                    attack_probability=float(attack[peak[i]]),
                    probabilities={
                        name: float(p) for name, p in zip(self.groups, at_peak, strict=True)
                    },
                )
            )
        return tuple(verdicts)


def _first_of_each(flow: NDArray[np.int32], keys: tuple[NDArray, ...]) -> NDArray[np.int64]:
    """Row of each flow's first packet by `keys`, the last of which counts most."""
    order = np.lexsort((*keys, flow))
    return order[np.flatnonzero(np.diff(flow[order], prepend=-1))]
