"""Names of the flow table's columns and of what they count."""

from __future__ import annotations

_ENDS = ("Max", "Min", "Mean", "Std")
_GAPS = ("Mean", "Std", "Max", "Min")

FLOW_COLUMNS: tuple[str, ...] = (
    *("Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Protocol", "Timestamp"),
    *("Flow Duration", "Total Fwd Packet", "Total Bwd packets"),
    *("Total Length of Fwd Packet", "Total Length of Bwd Packet"),
    *(f"Fwd Packet Length {end}" for end in _ENDS),
    *(f"Bwd Packet Length {end}" for end in _ENDS),
    *("Flow Bytes/s", "Flow Packets/s"),
    *(f"Flow IAT {end}" for end in _GAPS),
    *("Fwd IAT Total", *(f"Fwd IAT {end}" for end in _GAPS)),
    *("Bwd IAT Total", *(f"Bwd IAT {end}" for end in _GAPS)),
    *("Fwd PSH Flags", "Bwd PSH Flags", "Fwd URG Flags", "Bwd URG Flags"),
    *("Fwd Header Length", "Bwd Header Length", "Fwd Packets/s", "Bwd Packets/s"),
    *("Packet Length Min", "Packet Length Max", "Packet Length Mean", "Packet Length Std"),
    "Packet Length Variance",
    *("FIN Flag Count", "SYN Flag Count", "RST Flag Count", "PSH Flag Count"),
    *("ACK Flag Count", "URG Flag Count", "CWR Flag Count", "ECE Flag Count"),
    *("Down/Up Ratio", "Average Packet Size", "Fwd Segment Size Avg", "Bwd Segment Size Avg"),
    *("Fwd Bytes/Bulk Avg", "Fwd Packet/Bulk Avg", "Fwd Bulk Rate Avg"),
    *("Bwd Bytes/Bulk Avg", "Bwd Packet/Bulk Avg", "Bwd Bulk Rate Avg"),
    *("Subflow Fwd Packets", "Subflow Fwd Bytes", "Subflow Bwd Packets", "Subflow Bwd Bytes"),
    *("FWD Init Win Bytes", "Bwd Init Win Bytes", "Fwd Act Data Pkts", "Fwd Seg Size Min"),
    *(f"Active {end}" for end in ("Mean", "Std", "Max", "Min")),
    *(f"Idle {end}" for end in ("Mean", "Std", "Max", "Min")),
)
"""CICFlowMeter's columns as ACI-IoT-2023 spells and orders them, without its two label columns."""

TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
"""Names of the bits of the TCP flags byte, lowest first (RFC 9293, 3.1)."""
