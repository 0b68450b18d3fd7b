"""The Debian packages the lab is made of, and what a system lacks of them."""

from __future__ import annotations

import glob
import shutil
import subprocess

# Program -> package; Debian 12.
PROGRAMS = {
    "ip": "iproute2", "ethtool": "ethtool", "ping": "iputils-ping", "tcpdump": "tcpdump",
    "nmap": "nmap", "nping": "nmap", "hping3": "hping3", "masscan": "masscan",
    "mausezahn": "netsniff-ng", "slowhttptest": "slowhttptest", "hydra": "hydra",
    "medusa": "medusa", "ncrack": "ncrack", "patator": "patator", "whatweb": "whatweb",
    "wapiti": "wapiti", "sslscan": "sslscan", "gobuster": "gobuster", "dnsperf": "dnsperf",
    "nc": "netcat-openbsd", "dnsmasq": "dnsmasq-base", "unbound": "unbound",
    "nginx": "nginx-light", "sshd": "openssh-server", "ssh": "openssh-client",
    "sshpass": "sshpass", "vsftpd": "vsftpd", "xinetd": "xinetd", "telnetd": "inetutils-telnetd",
    "telnet": "inetutils-telnet", "mosquitto": "mosquitto", "mosquitto_pub": "mosquitto-clients",
    "coap-server-notls": "libcoap3-bin", "curl": "curl", "dig": "bind9-dnsutils",
    "kdig": "knot-dnsutils", "chronyd": "chrony", "ntpdig": "ntpsec-ntpdig", "snmpd": "snmpd",
    "snmpwalk": "snmp", "socat": "socat", "ffmpeg": "ffmpeg", "openssl": "openssl",
    "logger": "bsdutils", "python3": "python3", "sysctl": "procps", "unshare": "util-linux",
    "nsenter": "util-linux", "setpriv": "util-linux", "nft": "nftables",
}  # fmt: skip
# What a program needs beside itself -> package: patator asks web servers through it.
FILES = {"/usr/lib/python3/dist-packages/pycurl*": "python3-pycurl"}
PACKAGES = sorted({*PROGRAMS.values(), *FILES.values()})
# Programs of administrators are not on everybody's PATH.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def lacking() -> list[str]:
    """Packages of which a program is not there."""
    programs = {p for name, p in PROGRAMS.items() if shutil.which(name, path=PATH) is None}
    return sorted(programs | {p for pattern, p in FILES.items() if not glob.glob(pattern)})


def install_line() -> str:
    """The command that installs them; no service is started by it."""
    # A file that is there already says who may start what here, and stays.
    forbid = "[ -e $p ] || { printf '#!/bin/sh\\nexit 101\\n' > $p && chmod +x $p && ours=1; }"
    install = f"apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
    undo = '[ -z "$ours" ] || rm $p'
    return f"p=/usr/sbin/policy-rc.d; ours=; {forbid}; apt-get update && {install}; {undo}"


def versions() -> str:
    """Installed versions, one package a line."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *PACKAGES],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    kernel = subprocess.run(["uname", "-sr"], capture_output=True, text=True, check=True).stdout
    return kernel + done.stdout
