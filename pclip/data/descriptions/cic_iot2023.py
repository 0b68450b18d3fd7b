"""CIC-IoT-2023: a folder of captures for each of 33 attacks; its CSVs know no addresses."""

from __future__ import annotations

from pclip.data.description import NO_MISSION, DatasetDescription

_DOS, _RECON, _GUESSING = "DoS", "Reconnaissance", "Brute Force"
# folder: (class, group). Web attacks and spoofing are of no mission; what Mirai sends are floods.
_FOLDERS = {
    "Benign_Final": ("Benign", "Benign"),
    "BenignTraffic": ("Benign", "Benign"),
    "DDoS-ACK_Fragmentation": ("DDoS ACK Fragmentation", _DOS),
    "DDoS-HTTP_Flood": ("DDoS HTTP Flood", _DOS),
    "DDoS-ICMP_Flood": ("DDoS ICMP Flood", _DOS),
    "DDoS-ICMP_Fragmentation": ("DDoS ICMP Fragmentation", _DOS),
    "DDoS-PSHACK_Flood": ("DDoS PSH-ACK Flood", _DOS),
    "DDoS-RSTFINFlood": ("DDoS RST-FIN Flood", _DOS),
    "DDoS-SYN_Flood": ("DDoS SYN Flood", _DOS),
    "DDoS-SlowLoris": ("DDoS Slowloris", _DOS),
    "DDoS-SynonymousIP_Flood": ("DDoS Synonymous IP Flood", _DOS),
    "DDoS-TCP_Flood": ("DDoS TCP Flood", _DOS),
    "DDoS-UDP_Flood": ("DDoS UDP Flood", _DOS),
    "DDoS-UDP_Fragmentation": ("DDoS UDP Fragmentation", _DOS),
    "DoS-HTTP_Flood": ("DoS HTTP Flood", _DOS),
    "DoS-SYN_Flood": ("DoS SYN Flood", _DOS),
    "DoS-TCP_Flood": ("DoS TCP Flood", _DOS),
    "DoS-UDP_Flood": ("DoS UDP Flood", _DOS),
    "Mirai-greeth_flood": ("Mirai GRE Ethernet Flood", _DOS),
    "Mirai-greip_flood": ("Mirai GRE IP Flood", _DOS),
    "Mirai-udpplain": ("Mirai UDP Flood", _DOS),
    "Recon-HostDiscovery": ("Host Discovery", _RECON),
    "Recon-OSScan": ("OS Scan", _RECON),
    "Recon-PingSweep": ("Ping Sweep", _RECON),
    "Recon-PortScan": ("Port Scan", _RECON),
    "VulnerabilityScan": ("Vulnerability Scan", _RECON),
    "DictionaryBruteForce": ("Dictionary Attack", _GUESSING),
    "Backdoor_Malware": ("Backdoor", NO_MISSION),
    "BrowserHijacking": ("Browser Hijacking", NO_MISSION),
    "CommandInjection": ("Command Injection", NO_MISSION),
    "SqlInjection": ("SQL Injection", NO_MISSION),
    "Uploading_Attack": ("Uploading Attack", NO_MISSION),
    "XSS": ("Cross-Site Scripting", NO_MISSION),
    "DNS_Spoofing": ("DNS Spoofing", NO_MISSION),
    "MITM-ArpSpoofing": ("ARP Spoofing", NO_MISSION),
}

CIC_IOT2023 = DatasetDescription(
    name="cic_iot2023",
    title="CIC-IoT-2023 (the captures, a folder an attack)",
    labels_from="folder",
    classes={folder: name for folder, (name, _) in _FOLDERS.items()},
    groups=dict(_FOLDERS.values()),
    url="https://www.unb.ca/cic/datasets/iotdataset-2023.html",
    licence="free to use and redistribute with the citation",
    citation="Neto et al.: CICIoT2023: A Real-Time Dataset and Benchmark for Large-Scale Attacks "
    "in IoT Environment, Sensors 23 (2023) 5941, doi 10.3390/s23135941",
    remedy="it holds folders of captures such as DDoS-ICMP_Flood/ and Benign_Final/",
)
