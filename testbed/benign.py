"""What the lab's hosts do all day: actions as data, with who does them to whom and how often."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from testbed.command_words import words
from testbed.hosts import HOSTS

ROOT = "/run/lab"
SSH = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
SSH_WORK = (
    "uptime",
    "ls -la /etc",
    "df -h",
    "cat /etc/services",
    "for i in 1 2 3; do date; sleep 1; done",
)
AGENTS = ("Mozilla/5.0", "okhttp/4.9", "HomeApp/2.1", "python-requests/2.28")
MQTT_VERSIONS = ("mqttv311", "5")
MESSAGES = ("link up", "lease renewed", "temperature ok")

Commands = Sequence[Sequence[str]]
Write = Callable[[str, str, random.Random], Commands]


@dataclass(frozen=True)
class Action:
    """Something harmless that hosts do.

    Attributes:
        name: in a few words.
        clients: who does it.
        servers: to whom; () where it is a multicast.
        protocol: "tcp", "udp", "icmp" or "any".
        ports: the server's ports.
        per_minute: how often one client does it, on average, at the busiest time of the day.
        write: argument vectors from (server's address, client's name, random numbers).
        ipv6: whether it may run over IPv6.
        unusual: harmless but odd: what a detector should not call an attack.
        ends_with_error: its program ends so when all is well.
    """

    name: str
    clients: tuple[str, ...]
    servers: tuple[str, ...]
    protocol: str
    ports: tuple[int, ...]
    per_minute: float
    write: Write
    ipv6: bool = True
    unusual: bool = False
    ends_with_error: bool = False


def _url(address: str, path: str, scheme: str = "http") -> str:
    return f"{scheme}://[{address}]{path}" if ":" in address else f"{scheme}://{address}{path}"


def _curl(text: str, seconds: int = 8) -> list[str]:
    return words(f"curl -s -o /dev/null --max-time {seconds} {text}")


def _browse(address: str, client: str, rng: random.Random) -> Commands:
    pages = ["/", *(f"/page{rng.randrange(8)}.html" for _ in range(rng.randrange(1, 4)))]
    return [_curl(f"-A {rng.choice(AGENTS)} {' '.join(_url(address, page) for page in pages)}")]


def _browse_tls(address: str, client: str, rng: random.Random) -> Commands:
    version = rng.choice(("--tls-max 1.2", "--tlsv1.3", ""))
    path = rng.choice(("/", "/page3.html", "/status.json"))
    return [_curl(f"-k {version} {_url(address, path, 'https')}")]


def _poll(address: str, client: str, rng: random.Random) -> Commands:
    return [_curl(_url(address, "/status.json"))]


def _snapshot(address: str, client: str, rng: random.Random) -> Commands:
    return [_curl(_url(address, "/snapshot.jpg"))]


def _firmware(address: str, client: str, rng: random.Random) -> Commands:
    return [_curl(f"--limit-rate {rng.choice((60, 120, 240))}k {_url(address, '/firmware.bin')}")]


def _mqtt_publish(address: str, client: str, rng: random.Random) -> Commands:
    topic = f"home/{client}/{rng.choice(('temperature', 'power', 'state', 'humidity'))}"
    body = f'{{"v": {rng.uniform(0, 90):.2f}, "n": {rng.randrange(10**6)}}}'
    keep = "-r" if rng.random() < 0.2 else ""
    return [
        words(
            f"mosquitto_pub -h {address} -t {topic} -q {rng.randrange(3)} "
            f"-V {rng.choice(MQTT_VERSIONS)} {keep} -m",
            body,
        )
    ]


def _mqtt_tls(address: str, client: str, rng: random.Random) -> Commands:
    return [
        words(
            f"mosquitto_pub -h {address} -p 8883 --cafile {ROOT}/cert.pem --insecure "
            f"-t home/{client}/state -m {rng.random()} -V {rng.choice(MQTT_VERSIONS)}"
        )
    ]


def _mqtt_subscribe(address: str, client: str, rng: random.Random) -> Commands:
    return [
        words(
            f"mosquitto_sub -h {address} -t home/# -W {rng.randrange(8, 25)} -k 5 "
            f"-V {rng.choice(MQTT_VERSIONS)}"
        )
    ]


def _coap(address: str, client: str, rng: random.Random) -> Commands:
    path = rng.choice(("/.well-known/core", "/time", "/async?1", "/example_data"))
    return [words(f"coap-client-notls -B 3 -m get {_url(address, path, 'coap')}")]


def _coap_put(address: str, client: str, rng: random.Random) -> Commands:
    place = _url(address, "/example_data", "coap")
    return [words(f"coap-client-notls -B 3 -m put -e {rng.uniform(15, 25):.1f} {place}")]


def _dns(address: str, client: str, rng: random.Random) -> Commands:
    name = rng.choice((*HOSTS, "www", "api", "mail", "store", "update", "time", "cdn"))
    kind = rng.choice(("A", "A", "AAAA", "TXT"))
    return [words(f"dig @{address} {name}.lab.example {kind} +tries=1 +time=2 +short")]


def _dot(address: str, client: str, rng: random.Random) -> Commands:
    return [words(f"kdig @{address} +tls {rng.choice(('www', 'api'))}.lab.example +time=3")]


def _ntp(address: str, client: str, rng: random.Random) -> Commands:
    return [words(f"ntpdig -t 2 {address}")]


def _snmp(address: str, client: str, rng: random.Random) -> Commands:
    oid = rng.choice(("1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.25.1"))
    tool = rng.choice(("snmpwalk", "snmpbulkwalk"))
    return [words(f"{tool} -v2c -c public -t 1 -r 0 {address} {oid}")]


def _syslog(address: str, client: str, rng: random.Random) -> Commands:
    message = rng.choice((*MESSAGES, f"request {rng.randrange(999)} served"))
    return [words(f"logger -n {address} -P 514 -d -t {client}", message)]


def _ssh(address: str, client: str, rng: random.Random) -> Commands:
    user, password = rng.choice((("ana", "Kestrel-42"), ("ben", "summer2024")))
    return [words(f"sshpass -p {password} ssh {SSH} {user}@{address}", rng.choice(SSH_WORK))]


def _mistyped(address: str, client: str, rng: random.Random) -> Commands:
    once = f"sshpass -p Kestrel-24 ssh {SSH} -o NumberOfPasswordPrompts=1 ana@{address} true"
    return [words(once), *_ssh(address, client, rng)]


def _ftp(address: str, client: str, rng: random.Random) -> Commands:
    place, name = _url(address, "/", "ftp"), f"note{rng.randrange(20)}.txt"
    return [
        _curl(f"-u ben:summer2024 {what}")
        for what in (place, f"-T /etc/services {place}{name}", f"{place}{name}")
    ]


def _telnet(address: str, client: str, rng: random.Random) -> Commands:
    lines = "; ".join(f"sleep 1; echo {line}" for line in ("admin", "letmein1", "uptime", "exit"))
    return [["sh", "-c", f"({lines}) | timeout 8 telnet {address}"]]


def _ffmpeg(source: str, seconds: int, rest: str) -> list[str]:
    return words(f"ffmpeg -nostdin -loglevel quiet -re -f lavfi -i {source} -t {seconds} {rest}")


def _rtsp(address: str, client: str, rng: random.Random) -> Commands:
    size, rate = rng.choice((("160x120", 5), ("320x240", 8)))
    transport = rng.choice(("udp", "udp", "tcp"))
    return [
        _ffmpeg(
            f"testsrc=size={size}:rate={rate}",
            rng.randrange(5, 12),
            f"-c:v mpeg4 -q:v 20 -f rtsp -rtsp_transport {transport} rtsp://{address}:554/live",
        )
    ]


def _rtp(address: str, client: str, rng: random.Random) -> Commands:
    return [
        _ffmpeg(
            f"sine=frequency={rng.randrange(200, 900)}",
            rng.randrange(4, 9),
            f"-c:a pcm_mulaw -ar 8000 -f rtp rtp://{address}:{rng.choice((5004, 5006))}",
        )
    ]


def _ping(address: str, client: str, rng: random.Random) -> Commands:
    return [words(f"ping -n -q -c {rng.randrange(2, 6)} -i 0.5 -W 1 {address}")]


def _announce(address: str, client: str, rng: random.Random) -> Commands:
    kind = rng.choice(("mdns", "mdns", "ssdp-search", "ssdp-notify"))
    return [words(f"python3 -m testbed.announce {kind} {client} {rng.randrange(10**6)}")]


def _bulk(address: str, client: str, rng: random.Random) -> Commands:
    return [_curl(f"{_url(address, '/big.bin')} {_url(address, '/firmware.bin')}")]


def _retries(address: str, client: str, rng: random.Random) -> Commands:
    place = _url(address, ":8081/")
    return [_curl(f"--retry 4 --retry-delay 1 --retry-connrefused {place}", seconds=3)]


def _health(address: str, client: str, rng: random.Random) -> Commands:
    return [words(f"nc -z -n -w 1 {address} {port}") for port in (22, 80, 1883)]


HOME = ("laptop", "desktop", "phone", "tv", "oldpc")
THINGS = ("camera", "camera2", "thermostat", "plug", "meter", "bulb", "hub2")
PEOPLE = ("laptop", "desktop", "phone", "oldpc", "vps", "vps2")
CLOUD_WEB, HUBS = ("web", "web2"), ("hub", "hub2")
WEB = (*CLOUD_WEB, "nas", "nas2")
TLS_CLIENTS = (*HOME, "vps", "hub")
POLLERS, POLLED = ("hub", "hub2", "phone", "plug"), ("camera", "camera2", "plug")
MQTT_TLS_CLIENTS = ("meter", "plug", "phone", "laptop")
SUBSCRIBERS = ("phone", "tv", "hub", "nas")
COAP_CLIENTS = ("hub", "hub2", "phone", "meter")
SSH_CLIENTS = ("laptop", "desktop", "vps", "oldpc")
FTP_CLIENTS, FTP_SERVERS = ("desktop", "oldpc", "laptop"), ("nas", "nas2", "camera2", "web2")
TELNET = ("camera", "nas2", "hub2")
PINGED = ("web", "nas", "names", "hub", "router")

# name, clients, servers, protocol, ports, times a minute, commands
ACTIONS = (
    Action("browse", PEOPLE, WEB, "tcp", (80,), 3, _browse),
    Action("browse over TLS", TLS_CLIENTS, CLOUD_WEB, "tcp", (443,), 4, _browse_tls),
    Action("poll a device", POLLERS, POLLED, "tcp", (80,), 3, _poll),
    Action("snapshot", ("phone", "tv", "nas"), ("camera", "camera2"), "tcp", (80,), 2, _snapshot),
    Action("firmware download", THINGS, CLOUD_WEB, "tcp", (80,), 0.2, _firmware),
    Action("MQTT publish", (*THINGS, "phone"), HUBS, "tcp", (1883,), 8, _mqtt_publish),
    Action("MQTT over TLS", MQTT_TLS_CLIENTS, HUBS, "tcp", (8883,), 3, _mqtt_tls),
    Action("MQTT subscribe", SUBSCRIBERS, HUBS, "tcp", (1883,), 1, _mqtt_subscribe,
           ends_with_error=True),
    Action("CoAP get", COAP_CLIENTS, ("thermostat", *HUBS), "udp", (5683,), 5, _coap),
    Action("CoAP put", ("hub", "phone"), ("thermostat",), "udp", (5683,), 3, _coap_put),
    Action("DNS", (*HOME, *THINGS, "nas"), ("names", "names2"), "udp", (53,), 6, _dns),
    Action("DNS over TLS", ("phone", "laptop", "desktop"), ("names",), "tcp", (853,), 1.5, _dot),
    Action("NTP", (*HOME, *THINGS), ("names", "names2"), "udp", (123,), 1, _ntp),
    Action("SNMP", ("nas", "laptop"), HUBS, "udp", (161,), 1.5, _snmp, ipv6=False),
    Action("syslog", (*THINGS, "hub"), ("nas",), "udp", (514,), 3, _syslog),
    Action("SSH session", SSH_CLIENTS, ("nas", "nas2", "hub", "web"), "tcp", (22,), 1, _ssh),
    Action("FTP session", FTP_CLIENTS, FTP_SERVERS, "tcp", (), 0.8, _ftp),
    Action("telnet session", ("laptop", "desktop"), TELNET, "tcp", (23,), 0.6, _telnet),
    Action("RTSP stream", ("camera2", "tv"), ("camera",), "any", (), 0.8, _rtsp, ipv6=False),
    Action("RTP audio", ("phone", "camera"), ("tv", "desktop"), "udp", (5004, 5006), 0.5, _rtp,
           ipv6=False),
    Action("ping", (*HOME, "hub", "vps", "vps2"), PINGED, "icmp", (), 1, _ping),
    Action("mDNS and SSDP", (*HOME, "hub", "camera", "plug"), (), "udp", (), 1.5, _announce,
           ipv6=False),
    Action("bulk transfer", ("laptop", "desktop", "nas"), CLOUD_WEB, "tcp", (80,), 0.25, _bulk,
           unusual=True),
    Action("retries to a closed port", ("tv", "oldpc", "plug"), ("web", "nas"), "tcp", (8081,), 0.4,
           _retries, unusual=True, ends_with_error=True),
    Action("mistyped password", ("laptop", "desktop"), ("nas", "web"), "tcp", (22,), 0.3, _mistyped,
           unusual=True, ends_with_error=True),
    Action("health check of three ports", ("nas", "vps"), (*HUBS, "web2"), "tcp", (22, 80, 1883),
           0.6, _health, unusual=True, ends_with_error=True),
)  # fmt: skip
