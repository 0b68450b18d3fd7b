"""The lab's accounts: in a private copy of /etc that holds none of the machine's people."""

from __future__ import annotations

import subprocess
from pathlib import Path

from testbed.lab import run

# What the lab's people use; the attackers' lists hold some of them.
ACCOUNTS = {"ana": "Kestrel-42", "ben": "summer2024", "admin": "letmein1", "store": "Tr0ub4dor"}
# Debian's accounts of services are below; nobody and nogroup above.
FIRST_PERSON, NOBODY = 1000, 65534
LOCKED = "*:19000:0:99999:7:::"


def of_services(text: str) -> list[list[str]]:
    """The rows of a passwd or group file that are of services, not of people or of the lab."""
    rows = [line.split(":") for line in text.splitlines() if line.count(":") >= 3]
    return [
        row
        for row in rows
        if row[0] not in ACCOUNTS and (int(row[2]) < FIRST_PERSON or int(row[2]) == NOBODY)
    ]


def make_accounts(homes: Path, etc: Path = Path("/etc")) -> None:
    """Replace the accounts in `etc`, which must be private, by services' and the lab's own.

    Args:
        homes: folder for the homes.
        etc: /etc, but for tests.
    """
    users = of_services((etc / "passwd").read_text(encoding="utf-8"))
    for row in users:
        if row[0] == "root":
            # Some tools ask here, not in the environment, where to keep their notes.
            row[5] = str(homes)
    groups = of_services((etc / "group").read_text(encoding="utf-8"))
    _write(etc / "passwd", [":".join(row) for row in users])
    _write(etc / "shadow", [f"{row[0]}:{LOCKED}" for row in users])
    # Nobody of the machine is a member of anything here.
    _write(etc / "group", [":".join([*row[:3], ""]) for row in groups])
    _write(etc / "gshadow", [f"{row[0]}:*::" for row in groups])
    for name, password in ACCOUNTS.items():
        run(["useradd", "-m", "-b", str(homes), "-s", "/bin/bash", name])
        subprocess.run(["chpasswd"], input=f"{name}:{password}\n", text=True, check=True)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
