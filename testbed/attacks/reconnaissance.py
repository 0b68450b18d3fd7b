"""Scans of ports, operating systems and weaknesses."""

from __future__ import annotations

import random

from testbed.attacks.tool import Commands, Target, Tool
from testbed.command_words import words

PORT, OS, WEAKNESS = "Port Scan", "OS Scan", "Vulnerability Scan"
SERVICES, HOST_INFORMATION, WEAKNESSES, CRAWL = "T1046", "T1592.004", "T1595.002", "T1595.003"
WELL_KNOWN = "21,22,23,53,80,123,161,443,554,853,1883,5683,8080,8883"
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64)", "curl/7.88.1", "python-requests/2.28")
# Flags of TCP probes, for hping3 and for nping; stacks answer them differently.
HPING_FLAGS = ("-S", "-F", "-A", "-S -F -U -P", "-X -S", "-Y -S", "")
NPING_FLAGS = ("syn", "fin", "ack", "syn,fin,psh,urg", "rst", "none", "syn,ece,cwr")
ICMP_TYPES = (13, 17, 8)


def _padding(rng: random.Random) -> str:
    """Now and then a probe bears data, which nmap's own do not: it must not be the rule."""
    return f"--data-length {rng.randrange(1, 80)}" if rng.random() < 0.2 else ""


def _nmap_ports(target: Target, s: dict, rng: random.Random) -> Commands:
    def part(ports: str) -> list[str]:
        raw = f"--ttl {rng.choice((37, 52, 64, 128, 255))} {_padding(rng)}"
        return words(
            f"nmap {target.family} -n -Pn {s['technique']} --max-rate {s['rate']} --max-retries 1 "
            f"-p {ports} {'' if s['technique'] == '-sT' else raw} {target.address}"
        )

    # Part by part, as a patient scanner does; each part has header fields of its own.
    return [part(ports) for ports in s["ports"].split(",")]


def _nmap_udp(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"nmap {target.family} -n -Pn -sU --max-rate {s['rate']} --max-retries 1 "
            f"--top-ports {s['top']} {target.address}"
        )
    ]


def _masscan(target: Target, s: dict, rng: random.Random) -> Commands:
    mac = target.gateway_mac.replace(":", "-")
    return [
        words(
            f"masscan {target.address} -p {s['ports']} --rate {s['rate']} --wait 1 "
            f"-e {target.interface} --adapter-ip {target.own_address} --router-mac {mac} "
            f"--seed {rng.randrange(10**6)} {'--banners' if s['banners'] else ''}"
        )
    ]


def _parts(start: int, count: int, size: int) -> list[tuple[int, int]]:
    """First and last port of each part of `size` ports."""
    return [(first, first + size - 1) for first in range(start, start + count, size)]


def _nc(target: Target, s: dict, rng: random.Random) -> Commands:
    start = rng.randrange(1, 900)
    return [
        words(f"nc {target.family} -z -n -w 1 {target.address} {first}-{last}")
        for first, last in _parts(start, s["count"], 10)
    ]


def _nping_ports(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"nping {target.family} --tcp -H --quiet -p {first}-{last} --flags {s['flags']} "
            f"--win {rng.randrange(1, 65536)} --rate {s['rate']} -c 1 {target.address}"
        )
        for first, last in _parts(s["start"], 640, 8)
    ]


def _mausezahn_ports(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"mausezahn {target.frame} -d {1000 // s['rate']}msec -t tcp flags={s['flags']},"
            f"dp={first}-{last},sp={rng.randrange(1025, 65000)},win={rng.randrange(1, 65536)}"
        )
        for first, last in _parts(s["start"], 960, 8)
    ]


def _nmap_os(target: Target, s: dict, rng: random.Random) -> Commands:
    def guess() -> list[str]:
        padding = _padding(rng) if s["padded"] else ""
        return words(
            f"nmap -n -Pn -O --osscan-guess --max-os-tries {s['tries']} "
            f"-p {s['ports']} -T{s['timing']} --max-rate 200 {padding} "
            f"--ttl {rng.choice((40, 57, 64, 128))} {target.address}"
        )

    return [guess() for _ in range(s["times"])]


def _hping_os(target: Target, s: dict, rng: random.Random) -> Commands:
    each = f"-c 3 -i u20000 {target.address}"
    probes = []
    for _ in range(s["rounds"]):
        for flags in HPING_FLAGS:
            probes.append(
                words(
                    f"hping3 -q -n {flags} -p {s['port']} -w {rng.randrange(1, 65536)} "
                    f"--tcp-timestamp {f'-d {rng.randrange(60)}' if rng.random() < 0.2 else ''} "
                    f"--tcp-mss {rng.randrange(536, 1461)} {each}"
                )
            )
        probes += [words(f"hping3 -q -n -1 -C {kind} {each}") for kind in ICMP_TYPES]
    return probes


def _nping_os(target: Target, s: dict, rng: random.Random) -> Commands:
    each = f"-c 2 --rate 60 {target.address}"
    probes = []
    for _ in range(s["rounds"]):
        for flags in NPING_FLAGS:
            probes.append(
                words(
                    f"nping {target.family} --tcp -H --quiet -p 80,{s['closed']} --flags {flags} "
                    f"--win {rng.randrange(1, 65536)} --ttl {rng.choice((32, 64, 128))} {each}"
                )
            )
        probes.append(
            words(
                f"nping {target.family} --udp -H --quiet -p {s['closed']} "
                f"--data-length {rng.randrange(1, 300)} {each}"
            )
        )
    return probes


def _nse(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"nmap {target.family} -n -Pn -sV --version-intensity {s['intensity']} -p {s['ports']} "
            f"--script {s['scripts']} --script-timeout 5s --script-args http.max-pipeline=1 "
            f"--max-rate 300 --max-parallelism 2 {target.address}"
        )
    ]


def _whatweb(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"whatweb --no-errors -q -a {s['aggression']} -t 2 http://{target.in_url}{path}",
            "--user-agent",
            s["agent"],
        )
        for path in ("/", "/index.html", "/admin/", "/login")
    ]


def _wapiti(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"wapiti -u http://{target.in_url}/ -m {s['modules']} --scope folder -d 2 "
            f"--max-scan-time 20 --flush-session --no-bugreport -v 0 -f txt "
            f"--store-session /run/lab/wapiti-{target.host} -o /run/lab/wapiti-{target.host}.txt"
        )
    ]


def _gobuster(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"gobuster dir -q -z -u http://{target.in_url}/ -w {target.files}/paths.txt -t 2 "
            f"--delay {s['delay']}ms -x {s['extensions']} -a",
            s["agent"],
        )
    ]


def _sslscan(target: Target, s: dict, rng: random.Random) -> Commands:
    pause = f"--sleep={s['sleep']}"
    return [words(f"sslscan --no-colour {pause} {s['flags']} {target.in_url}:443")]


def _nmap_scan(flag: str, kind: str) -> Tool:
    # Parts of so many ports: all of the well-known ones, a sample of them, some of the others.
    ports = tuple(
        ",".join(f"{first}-{first + size - 1}" for first in range(start, end, step))
        for start, end, step, size in ((1, 600, 10, 10), (20, 1700, 30, 8), (7000, 7700, 12, 12))
    )
    settings = {"technique": (flag,), "rate": (120, 200, 300), "ports": ports}
    return Tool(
        "nmap", f"{kind} scan", PORT, SERVICES, "", "tcp", (), settings,
        _nmap_ports, 30, ipv6=True,
    )  # fmt: skip


# name, mode, class, technique, service, protocol, ports, settings, commands, seconds
TOOLS = (
    _nmap_scan("-sS", "SYN"),
    _nmap_scan("-sT", "connect"),
    _nmap_scan("-sF", "FIN"),
    _nmap_scan("-sA", "ACK"),
    _nmap_scan("-sX", "Xmas"),
    _nmap_scan("-sN", "null"),
    Tool("nmap", "UDP scan", PORT, SERVICES, "", "udp", (),
         {"rate": (60, 120), "top": (150, 300)}, _nmap_udp, 25, ipv6=True),
    Tool("masscan", "SYN scan without a stack", PORT, SERVICES, "", "tcp", (),
         {"ports": ("0-600", "1000-2200", "20-1000"), "rate": (100, 250),
          "banners": (False, True)}, _masscan, 20),
    Tool("nc", "a range of ports one by one", PORT, SERVICES, "", "tcp", (),
         {"count": (150, 200, 300, 400)}, _nc, 25, ipv6=True, pause=0.1),
    Tool("nping", "probes with flags and windows", PORT, SERVICES, "", "tcp", (),
         {"flags": ("syn", "fin", "ack", "fin,psh,urg"), "rate": (100, 200),
          "start": (1, 1000, 7800)}, _nping_ports, 40, ipv6=True),
    *(
        Tool("mausezahn", f"{flags.upper()} frames", PORT, SERVICES, "", "tcp", (),
             {"flags": (flags,), "rate": (100, 200), "start": (1, 1000, 7800)},
             _mausezahn_ports, 40)
        for flags in ("syn", "fin", "ack")
    ),
    Tool("nmap", "system guess", OS, HOST_INFORMATION, "", "any", (),
         {"tries": (2, 3, 5), "timing": (3, 4), "padded": (False, True), "times": (2, 3),
          "ports": (WELL_KNOWN, "22,80,90", "21-25,80,443,1883", "1-60,80")},
         _nmap_os, 40),
    Tool("hping3", "probes that stacks answer differently", OS, HOST_INFORMATION, "web", "any", (),
         {"rounds": (8, 12), "port": (80, 22, 81)}, _hping_os, 40),
    Tool("nping", "flags to open and closed ports", OS, HOST_INFORMATION, "web", "any", (),
         {"rounds": (6, 9), "closed": (81, 9999)}, _nping_os, 40, ipv6=True),
    Tool("nmap", "NSE scripts", WEAKNESS, WEAKNESSES, "web", "tcp", (),
         {"intensity": (2, 7), "ports": ("80", "22,80,443", "21,23,80,1883", "80,554"),
          "scripts": ("http-shellshock,http-csrf,http-title,ssl-enum-ciphers",
                      "http-headers,http-methods,http-security-headers,ftp-anon,ssh-auth-methods",
                      "http-git,http-robots.txt,http-sql-injection,mqtt-subscribe",
                      "http-auth-finder,http-cors,http-trace,http-waf-detect,banner")},
         _nse, 25, ipv6=True),
    Tool("whatweb", "fingerprints of web software", WEAKNESS, WEAKNESSES, "web", "tcp", (80,),
         {"aggression": (1, 3), "agent": AGENTS}, _whatweb, 30),
    Tool("wapiti", "injection tests", WEAKNESS, WEAKNESSES, "web", "tcp", (80,),
         {"modules": ("sql,xss", "file,exec", "methods,http_headers,csp", "backup,htaccess,crlf")},
         _wapiti, 40),
    Tool("gobuster", "hidden paths", WEAKNESS, CRAWL, "web", "tcp", (80,),
         {"delay": (10, 25), "extensions": ("php,txt", "bak,html"), "agent": AGENTS},
         _gobuster, 25),
    Tool("sslscan", "ciphers and protocols", WEAKNESS, WEAKNESSES, "tls", "tcp", (443,),
         {"flags": ("", "--no-heartbleed", "--show-certificate", "--no-fallback --no-groups"),
          "sleep": (25, 40)},
         _sslscan, 25),
)  # fmt: skip
