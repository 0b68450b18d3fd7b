"""The servers of the lab: real ones, with accounts, keys and logs in private mounts."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from testbed.accounts import ACCOUNTS
from testbed.hosts import HOSTS, Host
from testbed.lab import run, within
from testbed.private import ROOT

COMMON_NAME = "lab.example"


def folder(host: Host) -> Path:
    """A host's own folder for configurations and files."""
    return ROOT / "hosts" / host.name


def make_keys() -> None:
    """One certificate for all TLS servers, and SSH host keys."""
    files = f"-subj /CN={COMMON_NAME} -keyout {ROOT}/key.pem -out {ROOT}/cert.pem"
    run(f"openssl req -x509 -newkey rsa:2048 -nodes -days 30 {files}".split())
    for path in ("key.pem", "cert.pem"):
        os.chmod(ROOT / path, 0o644)
    for kind in ("ed25519", "ecdsa"):
        run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(ROOT / f"ssh_{kind}")])


def _web(host: Host) -> list[list[str]]:
    home = folder(host)
    site = home / "site"
    (site / "private").mkdir(parents=True, exist_ok=True)
    rng = random.Random(host.name)
    (site / "index.html").write_text(
        f"<html><head><title>{host.name}</title></head><body><h1>{host.name}</h1>"
        + "".join(f"<p><a href='/page{i}.html'>page {i}</a></p>" for i in range(8))
        + "<form action='/login' method='post'><input name='user'><input name='password'></form>"
        + "</body></html>"
    )
    for i in range(8):
        text = rng.randbytes(rng.randrange(200, 4000)).hex()
        (site / f"page{i}.html").write_text(f"<p>{text}</p>")
    (site / "private" / "index.html").write_text("<p>private</p>")
    (site / "firmware.bin").write_bytes(rng.randbytes(400_000))
    (site / "big.bin").write_bytes(rng.randbytes(900_000))
    (site / "snapshot.jpg").write_bytes(rng.randbytes(24_000))
    (site / "status.json").write_text(f'{{"name": "{host.name}", "temperature": 21.5, "on": true}}')
    crypted = run(["openssl", "passwd", "-apr1", ACCOUNTS["admin"]]).strip()
    (home / "htpasswd").write_text(f"admin:{crypted}\n")
    tls = ""
    if "tls" in host.services:
        tls = (
            "listen 443 ssl; listen [::]:443 ssl;\n"
            f"ssl_certificate {ROOT}/cert.pem; ssl_certificate_key {ROOT}/key.pem;\n"
            "ssl_protocols TLSv1.2 TLSv1.3;\n"
        )
    (home / "nginx.conf").write_text(
        f"""daemon off; master_process on; worker_processes 1; pid {home}/nginx.pid;
error_log {home}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi; uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  types {{ text/html html; application/json json; image/jpeg jpg; }}
  server {{
    listen 80; listen [::]:80;
    {tls}
    root {site};
    location /private/ {{ auth_basic "private"; auth_basic_user_file {home}/htpasswd; }}
    location /login {{ return 200 "log in\\n"; }}
    location /upload {{ client_max_body_size 4m; return 204; }}
  }}
}}
"""
    )
    return [["nginx", "-c", str(home / "nginx.conf"), "-e", str(home / "nginx-start.log")]]


def _ssh(host: Host) -> list[list[str]]:
    path = folder(host) / "sshd_config"
    path.write_text(
        f"Port 22\nHostKey {ROOT}/ssh_ed25519\nHostKey {ROOT}/ssh_ecdsa\nPidFile none\nUsePAM no\n"
        "PasswordAuthentication yes\nPermitRootLogin no\nMaxStartups 200\nMaxAuthTries 6\n"
        "Subsystem sftp internal-sftp\nUseDNS no\n"
    )
    return [["/usr/sbin/sshd", "-D", "-e", "-f", str(path)]]


def _ftp(host: Host) -> list[list[str]]:
    path = folder(host) / "vsftpd.conf"
    path.write_text(
        "listen=NO\nlisten_ipv6=YES\nbackground=NO\nlocal_enable=YES\nwrite_enable=YES\n"
        "anonymous_enable=NO\nsecure_chroot_dir=/run/lab/empty\npam_service_name=vsftpd\n"
        "seccomp_sandbox=NO\npasv_min_port=40000\npasv_max_port=40100\nmax_per_ip=0\n"
        f"xferlog_enable=NO\nftpd_banner={host.name} file server\n"
    )
    return [["vsftpd", str(path)]]


def _telnet(host: Host) -> list[list[str]]:
    path = folder(host) / "xinetd.conf"
    path.write_text(
        "service telnet\n{\n  socket_type = stream\n  protocol = tcp\n  wait = no\n  user = root\n"
        "  flags = IPv6\n  server = /usr/sbin/telnetd\n  instances = 60\n  per_source = UNLIMITED\n"
        "  cps = 200 1\n  disable = no\n}\n"
    )
    return [["xinetd", "-dontfork", "-f", str(path), "-pidfile", str(folder(host) / "xinetd.pid")]]


def _mqtt(host: Host) -> list[list[str]]:
    path = folder(host) / "mosquitto.conf"
    path.write_text(
        "user root\npersistence false\nallow_anonymous true\nlog_type error\n"
        "listener 1883\nlistener 8883\n"
        f"certfile {ROOT}/cert.pem\nkeyfile {ROOT}/key.pem\n"
    )
    return [["mosquitto", "-c", str(path)]]


def _coap(host: Host) -> list[list[str]]:
    return [["coap-server-notls", "-A", "::", "-d", "20"]]


def _snmp(host: Host) -> list[list[str]]:
    path = folder(host) / "snmpd.conf"
    path.write_text(
        f"rocommunity public\nrocommunity6 public\nsysName {host.name}\nsysLocation lab\n"
        "agentaddress udp:161,udp6:161\n"
    )
    return [["snmpd", "-f", "-Lo", "-C", "-c", str(path), "-p", str(folder(host) / "snmpd.pid")]]


def _dns(host: Host) -> list[list[str]]:
    words = (
        "dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file=/dev/null --user=root "
        "--cache-size=0 --dns-forward-max=2000 --log-facility=/dev/null --local=/lab.example/ "
        f"--pid-file={folder(host)}/dnsmasq.pid"
    ).split()
    for other in HOSTS.values():
        words.append(f"--host-record={other.name}.lab.example,{other.address4},{other.address6}")
    for i, name in enumerate(("www", "api", "mail", "store", "update", "time", "cdn", "cam")):
        words.append(f"--address=/{name}.lab.example/198.51.100.{140 + i % 2}")
        words.append(f"--txt-record={name}.lab.example,v=spf1 -all,note {'x' * (20 + 9 * i)}")
    return [words]


def _dot(host: Host) -> list[list[str]]:
    path = folder(host) / "unbound.conf"
    path.write_text(
        f'server:\n  interface: ::0@853\n  interface: 0.0.0.0@853\n  tls-port: 853\n'
        f'  tls-service-key: "{ROOT}/key.pem"\n  tls-service-pem: "{ROOT}/cert.pem"\n'
        '  access-control: 0.0.0.0/0 allow\n  access-control: ::0/0 allow\n  username: ""\n'
        '  chroot: ""\n  use-syslog: no\n  do-daemonize: no\n  local-zone: "." static\n'
        '  local-data: "www.lab.example. A 198.51.100.140"\n'
        '  local-data: "api.lab.example. A 198.51.100.141"\n'
        "remote-control:\n  control-enable: no\n"
    )  # fmt: skip
    return [["unbound", "-d", "-c", str(path)]]


def _ntp(host: Host) -> list[list[str]]:
    path = folder(host) / "chrony.conf"
    path.write_text("local stratum 3\nallow all\ncmdport 0\nport 123\n"
                    f"pidfile {folder(host)}/chronyd.pid\nbindcmdaddress /\n")  # fmt: skip
    return [["chronyd", "-d", "-x", "-u", "root", "-f", str(path)]]


def _rtsp(host: Host) -> list[list[str]]:
    # ffmpeg takes one publisher, then ends: the shell takes the next. It tells a publisher to send
    # to the address that it listens on, so that must be a real one.
    listen = (
        "while true; do timeout 60 ffmpeg -nostdin -loglevel quiet -rtsp_flags listen "
        f"-i 'rtsp://{host.address4}:554/live' -f null - ; sleep 0.2; done"
    )
    return [["sh", "-c", listen]]


def _syslog(host: Host) -> list[list[str]]:
    return [["socat", "-u", "UDP6-RECV:514", "OPEN:/dev/null,wronly"]]


SERVERS: dict[str, Callable[[Host], list[list[str]]]] = {
    "web": _web,
    "ssh": _ssh,
    "ftp": _ftp,
    "telnet": _telnet,
    "mqtt": _mqtt,
    "coap": _coap,
    "snmp": _snmp,
    "dns": _dns,
    "dot": _dot,
    "ntp": _ntp,
    "rtsp": _rtsp,
    "syslog": _syslog,
}
PORTS = {
    "web": 80, "tls": 443, "ssh": 22, "ftp": 21, "telnet": 23, "mqtt": 1883, "coap": 5683,
    "snmp": 161, "dns": 53, "dot": 853, "ntp": 123, "rtsp": 554, "syslog": 514,
}  # fmt: skip


def start() -> list[subprocess.Popen]:
    """Start every server of every host; TLS is part of "web"."""
    processes = []
    for host in HOSTS.values():
        folder(host).mkdir(parents=True, exist_ok=True)
        for service in host.services:
            if service not in SERVERS:
                continue
            for words in SERVERS[service](host):
                with open(folder(host) / f"{service}.log", "wb") as log:
                    process = subprocess.Popen(
                        [*within(host.name), *words],
                        stdin=subprocess.DEVNULL,
                        # No terminal: /dev/tty would be that of whoever started the lab.
                        start_new_session=True,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                processes.append(process)
    return processes
