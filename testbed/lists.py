"""Word lists, random bytes, queries and paths that attack tools read."""

from __future__ import annotations

import random
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
KNOWN = ("alpha", "mail", "www", "api", "cam", "hub", "nas", "store", "update", "time", "cdn")
ZONES = ("lab.example", "example.org", "example.net")
# Of names, for a tool that cannot be told how fast to ask.
BATCHES, BATCH = 24, 25
QUERY_TYPES = ("A", "AAAA", "TXT", "ANY", "MX", "SRV")
USERS = ("root", "admin", "ana", "pi", "user", "support", "guest", "oracle", "ubuntu", "test")
PASSWORDS = (
    "123456", "password", "admin", "letmein1", "qwerty", "summer2024", "root", "1234", "iloveyou",
    "dragon", "monkey", "abc123", "111111", "welcome", "raspberry",
)  # fmt: skip
PATHS = (
    "admin", "login", "backup", "config", "test", "old", "cgi-bin", "status", "api", "img",
    "private", "shell", "db", "phpmyadmin", ".git", "upload", "users", "console", "setup",
)  # fmt: skip


def write_lists(folder: Path, seed: int) -> None:
    """Write every list into `folder`; the same seed gives the same files."""
    rng = random.Random(f"{seed}/lists")

    def letters(least: int, most: int) -> str:
        return "".join(rng.choices(LETTERS, k=rng.randrange(least, most)))

    (folder / "random.bin").write_bytes(rng.randbytes(1 << 20))
    known = [f"{word}.lab.example" for word in KNOWN] * 60
    unknown = [f"{letters(3, 24)}.{rng.choice(ZONES)}" for _ in range(3000)]
    for kind, names in (("known", known), ("random", unknown)):
        _write(folder / f"{kind}.txt", [f"{name} {rng.choice(QUERY_TYPES)}" for name in names])
        for batch in range(BATCHES):
            _write(folder / f"{kind}-{batch}.txt", names[batch * BATCH : (batch + 1) * BATCH])
    _write(folder / "users.txt", USERS[:6])
    _write(folder / "users2.txt", USERS[4:])
    _write(folder / "passwords.txt", PASSWORDS[:9])
    _write(folder / "passwords2.txt", PASSWORDS[6:])
    _write(folder / "paths.txt", [*PATHS, *(letters(3, 9) for _ in range(80))])


def _write(path: Path, lines: list[str] | tuple[str, ...]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
