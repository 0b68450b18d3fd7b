"""What known kinds of attack do, a sentence each: what the words of a graph are held against.

Identifiers and names are those of MITRE's ATT&CK (T...) and CWE (CWE-...), long names shortened;
the sentences are ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Technique:
    """A kind of attack, or a weakness that attacks use.

    Args:
        identifier: of ATT&CK or CWE.
        name: its name there, behind the technique it is a part of and, where that helps to find
            it, the tactic.
        text: what is done, or what is wrong, in our words.
    """

    identifier: str
    name: str
    text: str


TECHNIQUES = (
    # Availability.
    Technique(
        "T1498",
        "Network Denial of Service",
        "A network is flooded with traffic until its bandwidth is exhausted and legitimate users "
        "are denied the service.",
    ),
    Technique(
        "T1498.001",
        "Network Denial of Service: Direct Network Flood",
        "Botnets send a flood of packets, such as UDP datagrams, ICMP echo requests or SYN "
        "segments, straight at the victim to saturate its link.",
    ),
    Technique(
        "T1498.002",
        "Network Denial of Service: Reflection Amplification",
        "Requests with a spoofed source address go to reflectors such as DNS resolvers, whose "
        "amplified replies overwhelm the target.",
    ),
    Technique(
        "T1499",
        "Endpoint Denial of Service",
        "An endpoint is made unavailable by exhausting its resources or crashing its services.",
    ),
    Technique(
        "T1499.001",
        "Endpoint Denial of Service: OS Exhaustion Flood",
        "A SYN flood leaves half-open TCP handshakes in the backlog of the operating system until "
        "it can accept no further connection.",
    ),
    Technique(
        "T1499.002",
        "Endpoint Denial of Service: Service Exhaustion Flood",
        "A web server is overloaded with requests, or its worker threads and sockets are held open "
        "by slow and incomplete HTTP headers until they time out.",
    ),
    Technique(
        "T1499.003",
        "Endpoint Denial of Service: Application Exhaustion Flood",
        "Expensive queries of an application exhaust processor and memory until it answers nobody.",
    ),
    Technique(
        "CWE-400",
        "Uncontrolled Resource Consumption",
        "Consumption of memory, processor, connections or disk is not limited, so an attacker can "
        "cause starvation and an outage.",
    ),
    Technique(
        "CWE-770",
        "Allocation of Resources Without Limits or Throttling",
        "Resources are allocated without throttling or a limit on their number or rate.",
    ),
    Technique(
        "CWE-406",
        "Insufficient Control of Network Message Volume",
        "A small request causes a much larger response, so that traffic is amplified.",
    ),
    # Reconnaissance and discovery.
    Technique(
        "T1595",
        "Reconnaissance: Active Scanning",
        "Adversaries actively probe the infrastructure of a victim by scanning before an attack.",
    ),
    Technique(
        "T1595.001",
        "Reconnaissance: Active Scanning: Scanning IP Blocks",
        "Blocks of addresses are swept with ping and port scans to find which hosts are alive and "
        "which ports are open.",
    ),
    Technique(
        "T1595.002",
        "Reconnaissance: Active Scanning: Vulnerability Scanning",
        "A vulnerability scanner checks versions, banners and configuration of services for known "
        "weaknesses that could be exploited.",
    ),
    Technique(
        "T1595.003",
        "Reconnaissance: Active Scanning: Wordlist Scanning",
        "Wordlists are used to crawl a web server for hidden directories and pages.",
    ),
    Technique(
        "T1592",
        "Reconnaissance: Gather Victim Host Information",
        "Information about hosts is gathered: operating system, software, versions, hardware.",
    ),
    Technique(
        "T1590",
        "Reconnaissance: Gather Victim Network Information",
        "Information about networks is gathered: topology, subnets, domains, DNS records and "
        "gateways.",
    ),
    Technique(
        "T1046",
        "Discovery: Network Service Discovery",
        "Services that listen on remote hosts are enumerated with port scans, as of nmap.",
    ),
    Technique(
        "T1018",
        "Discovery: Remote System Discovery",
        "Other hosts of a network are discovered by their names and addresses, for later movement.",
    ),
    Technique(
        "T1082",
        "Discovery: System Information Discovery",
        "Fingerprinting finds out the operating system and its patches from how the host answers.",
    ),
    Technique(
        "T1040",
        "Network Sniffing",
        "Traffic is sniffed with an interface in promiscuous mode to capture what passes.",
    ),
    Technique(
        "CWE-200",
        "Exposure of Sensitive Information",
        "Sensitive information is exposed to somebody who should not see it.",
    ),
    # Credentials.
    Technique(
        "T1110",
        "Brute Force",
        "Passwords are guessed by brute force, again and again, until a login succeeds.",
    ),
    Technique(
        "T1110.001",
        "Brute Force: Password Guessing",
        "Common passwords from a dictionary are tried against an account without knowing its "
        "password.",
    ),
    Technique(
        "T1110.002",
        "Brute Force: Password Cracking",
        "Hashes of passwords are cracked offline with wordlists, rules and rainbow tables.",
    ),
    Technique(
        "T1110.003",
        "Brute Force: Password Spraying",
        "One password is sprayed against many usernames to avoid the lockout of an account.",
    ),
    Technique(
        "T1110.004",
        "Brute Force: Credential Stuffing",
        "Credentials from a breach are stuffed into the login of other services, since users "
        "reuse their passwords.",
    ),
    Technique(
        "T1078",
        "Valid Accounts",
        "Valid accounts and stolen credentials give access that looks legitimate.",
    ),
    Technique(
        "CWE-307",
        "Improper Restriction of Excessive Authentication Attempts",
        "Failed attempts at authentication are not limited, so that an attacker can go on "
        "guessing.",
    ),
    Technique(
        "CWE-521",
        "Weak Password Requirements",
        "Weak passwords are allowed, short ones or words of a dictionary.",
    ),
    Technique(
        "CWE-798",
        "Use of Hard-coded Credentials",
        "A default or hard-coded password or key opens the device.",
    ),
    # What the missions that ship are not about; somebody's own may be.
    Technique(
        "T1021.002",
        "SMB Windows Admin Shares",
        "Remote shares of SMB and valid accounts are used to move laterally to other hosts.",
    ),
    Technique(
        "T1210",
        "Exploitation of Remote Services",
        "A remote service is exploited to spread to other systems of the network.",
    ),
    Technique(
        "T1071",
        "Application Layer Protocol",
        "Malware talks to its command and control server inside ordinary web, mail or DNS traffic.",
    ),
    Technique(
        "T1572", "Protocol Tunneling", "Traffic is tunnelled inside another protocol to hide it."
    ),
    Technique(
        "T1048",
        "Exfiltration Over Alternative Protocol",
        "Stolen data is exfiltrated over a protocol of its own.",
    ),
    Technique(
        "T1566", "Phishing", "Phishing messages with attachments or links trick users into access."
    ),
    Technique(
        "T1557",
        "Adversary in the Middle",
        "The attacker sits between two hosts by ARP poisoning and relays traffic.",
    ),
    Technique(
        "T1190",
        "Exploit Public-Facing Application",
        "An application that faces the internet is exploited through its input.",
    ),
    Technique(
        "CWE-89", "SQL Injection", "Input becomes part of an SQL query and changes what it does."
    ),
    Technique(
        "CWE-79",
        "Cross-site Scripting",
        "Input becomes a script in a web page that another user sees.",
    ),
    Technique(
        "T1486",
        "Data Encrypted for Impact",
        "Ransomware encrypts files and demands payment for the key.",
    ),
    Technique("T1496", "Resource Hijacking", "Computing power is hijacked to mine cryptocurrency."),
)
