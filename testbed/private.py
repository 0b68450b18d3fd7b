"""Files: what the lab writes stays in mounts of its own, and the machine's are read-only.

To be called in a private mount namespace.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from testbed.accounts import make_accounts
from testbed.lab import run

ROOT = Path("/run/lab")
TEMPORARY, HOMES = ROOT / "tmp", ROOT / "home"
# Kernel's file systems; what is not one of them holds the machine's files.
NO_FILES = (
    "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "debugfs", "tracefs",
    "securityfs", "pstore", "bpf", "hugetlbfs", "configfs", "fusectl", "binfmt_misc",
    "efivarfs", "ramfs", "autofs", "rpc_pipefs", "nsfs",
)  # fmt: skip
# What services and tools write to, covered by empty memory.
COVERED = (
    "/var/log", "/var/tmp", "/var/spool", "/var/mail", "/var/cache",
    "/var/lib/snmp", "/var/lib/nginx",
)  # fmt: skip
# Where a write must fail.
MACHINES = ("/", "/usr", "/opt", "/var/lib", "/tmp", "/srv")
# All the devices that the lab gets, beside terminals of its own.
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# The kernel's settings, which are the machine's too.
SYS = "/sys"
KNOBS = tuple(f"/proc/{name}" for name in ("sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi"))
SETTINGS = "/proc/sys"


def make_private(out: Path) -> None:
    """Cover what is written to, give the lab accounts of its own, make the rest read-only.

    Args:
        out: the folder of the recording, the one place of the machine that stays writable.
    """
    machines = machines_mounts(Path("/proc/self/mountinfo").read_text())
    run(["mount", "--bind", str(out), str(out)])
    run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
    for name in ("/run/netns", "/run/sshd", "/run/lab/etc", "/run/lab/empty", "/run/lab/files"):
        os.makedirs(name, exist_ok=True)
    for path in (TEMPORARY, HOMES):
        path.mkdir()
    run(["cp", "-a", "/etc/.", "/run/lab/etc"])
    run(["mount", "--bind", "/run/lab/etc", "/etc"])
    for name in COVERED:
        if os.path.isdir(name) and not os.path.islink(name):
            run(["mount", "-t", "tmpfs", "tmpfs", name])
    for name in ("/var/log/nginx", "/var/lib/nginx/body"):
        os.makedirs(name, exist_ok=True)
    for place in machines:
        run(["mount", "-o", "remount,bind,ro", place])
    _cover_devices()
    # Of the lab's own network namespace, and without the control groups below the machine's.
    run(["mount", "-t", "sysfs", "-o", "ro", "sysfs", SYS])
    for place in KNOBS:
        _freeze(place)
    make_accounts(HOMES)


def freeze_settings() -> None:
    """No more sysctl: to be called when the lab's network is built."""
    _freeze(SETTINGS)


def frozen() -> list[str]:
    """Mount points that must be read-only once `freeze_settings` was called."""
    devices = (f"/dev/{name}" for name in DEVICES)
    return [place for place in (SYS, *KNOBS, SETTINGS, *devices) if os.path.exists(place)]


def _freeze(place: str) -> None:
    if os.path.exists(place):
        run(["mount", "--bind", place, place])
        run(["mount", "-o", "remount,bind,ro", place])


def _cover_devices() -> None:
    """Put a /dev over the machine's that holds `DEVICES` and terminals of the lab's own."""
    made = ROOT / "dev"
    for name in ("pts", "shm"):
        (made / name).mkdir(parents=True)
    for name in DEVICES:
        (made / name).touch()
        run(["mount", "--bind", f"/dev/{name}", str(made / name)])
        # What is written to a device goes through; its owner and mode are the machine's.
        run(["mount", "-o", "remount,bind,ro", str(made / name)])
    (made / "ptmx").symlink_to("pts/ptmx")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        (made / name).symlink_to(f"/proc/self/fd{target}")
    run(["mount", "--rbind", str(made), "/dev"])
    options = "newinstance,ptmxmode=0666,mode=620"
    run(["mount", "-t", "devpts", "-o", options, "devpts", "/dev/pts"])


def devices(folder: Path = Path("/dev")) -> list[str]:
    """What lies in /dev beside `DEVICES`, terminals and links: there should be nothing."""
    known = {*DEVICES, "pts", "shm"}
    return sorted(p.name for p in folder.iterdir() if not p.is_symlink() and p.name not in known)


def is_covered(path: Path) -> bool:
    """Whether the lab's own mounts hide a path of the machine."""
    return any(path.is_relative_to(place) for place in (*COVERED, "/run", "/etc", "/dev"))


def machines_mounts(mountinfo: str) -> list[str]:
    """Mount points of the machine that may be written to and that the lab's do not hide.

    Args:
        mountinfo: of /proc/self/mountinfo, before the lab has mounts of its own.
    """
    found = []
    for line in mountinfo.splitlines():
        words = line.split()
        place, options, kind = words[4], words[5].split(","), words[words.index("-") + 1]
        # A blank and the like stand there as an octal number.
        place = re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), place)
        if kind not in NO_FILES and "rw" in options and not is_covered(Path(place)):
            found.append(place)
    return found


def writable(places: tuple[str, ...] = MACHINES) -> list[str]:
    """Those of the machine's folders in which a file can be made; there should be none."""
    found = []
    for place in places:
        path = Path(place) / f".lab-{os.getpid()}"
        try:
            path.touch()
        except OSError:
            continue
        path.unlink()
        found.append(place)
    return found
