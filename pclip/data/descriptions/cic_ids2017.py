"""CIC-IDS2017: five working days of captures, and CICFlowMeter's flows with labels."""

from __future__ import annotations

from pclip.data.description import NO_MISSION, DatasetDescription
from pclip.data.flow_csv_layout import FlowCsvLayout

# label: (class, group). XSS, SQL injection, bots and Heartbleed are of no mission.
_LABELS = {
    "BENIGN": ("Benign", "Benign"),
    "DoS Hulk": ("HTTP Flood by Hulk", "DoS"),
    "DoS GoldenEye": ("HTTP Flood by GoldenEye", "DoS"),
    "DoS slowloris": ("Slowloris", "DoS"),
    "DoS Slowhttptest": ("Slow HTTP Test", "DoS"),
    "DDoS": ("DDoS", "DoS"),
    "PortScan": ("Port Scan", "Reconnaissance"),
    "FTP-Patator": ("FTP Brute Force", "Brute Force"),
    "SSH-Patator": ("SSH Brute Force", "Brute Force"),
    "Web Attack - Brute Force": ("Web Login Brute Force", "Brute Force"),
    "Web Attack - XSS": ("Cross-Site Scripting", NO_MISSION),
    "Web Attack - Sql Injection": ("SQL Injection", NO_MISSION),
    "Bot": ("Botnet", NO_MISSION),
    "Infiltration": ("Infiltration", NO_MISSION),
    "Heartbleed": ("Heartbleed", NO_MISSION),
}

CIC_IDS2017 = DatasetDescription(
    name="cic_ids2017",
    title="CIC-IDS2017 (captures and TrafficLabelling CSVs)",
    labels_from="flow csv",
    layout=FlowCsvLayout(
        # Day first; Monday has seconds, the other days a clock of 12 hours to the minute. Nothing
        # was recorded before 8 in the morning or after 5:30 in the afternoon.
        timestamps=("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M:%S %p"),
        afternoon_below_hour=8,
        utc_offset_s=-3 * 3600,
        remedy="use the CSVs of GeneratedLabelledFlows.zip (TrafficLabelling): those of "
        "MachineLearningCSV.zip have no addresses",
    ),
    classes={label: name for label, (name, _) in _LABELS.items()},
    groups=dict(_LABELS.values()),
    url="https://www.unb.ca/cic/datasets/ids-2017.html",
    licence="free to use and redistribute with the citation",
    citation="Sharafaldin, Lashkari, Ghorbani: Toward Generating a New Intrusion Detection "
    "Dataset and Intrusion Traffic Characterization, ICISSP 2018",
    remedy="it holds the captures (PCAPs) and the CSVs of GeneratedLabelledFlows.zip",
)
