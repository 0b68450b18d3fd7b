"""Who there is in the lab: subnets, hosts, their addresses, network stacks and services."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Subnet:
    """A bridge and the addresses on it; the router is the first host of both families."""

    name: str
    prefix4: str
    bits4: int
    first4: int
    prefix6: str

    @property
    def router4(self) -> str:
        """The router's IPv4 address here."""
        return f"{self.prefix4}{self.first4 + 1}"

    @property
    def router6(self) -> str:
        """The router's IPv6 address here."""
        return f"{self.prefix6}1"

    @property
    def network4(self) -> str:
        """The IPv4 network, such as 198.51.100.64/26."""
        return f"{self.prefix4}{self.first4}/{self.bits4}"

    @property
    def network6(self) -> str:
        """The IPv6 network, a /64."""
        return f"{self.prefix6}/64"


SUBNETS = {
    subnet.name: subnet
    for subnet in (
        Subnet("home", "198.51.100.", 26, 0, "2001:db8:1::"),
        Subnet("things", "198.51.100.", 26, 64, "2001:db8:2::"),
        Subnet("cloud", "198.51.100.", 26, 128, "2001:db8:3::"),
    )
}


@dataclass(frozen=True)
class Stack:
    """What tells one network stack from another on the wire; the defaults are Linux's own."""

    ttl: int = 64
    window_scaling: bool = True
    timestamps: bool = True
    sack: bool = True
    ecn: bool = False
    mtu: int = 1500
    receive_window: int = 131072

    def sysctls(self) -> dict[str, str]:
        """The settings of a namespace that make this stack."""
        return {
            "net.ipv4.ip_default_ttl": str(self.ttl),
            "net.ipv6.conf.all.hop_limit": str(self.ttl),
            "net.ipv6.conf.default.hop_limit": str(self.ttl),
            "net.ipv4.tcp_window_scaling": str(int(self.window_scaling)),
            "net.ipv4.tcp_timestamps": str(int(self.timestamps)),
            "net.ipv4.tcp_sack": str(int(self.sack)),
            "net.ipv4.tcp_ecn": "1" if self.ecn else "0",
            "net.ipv4.tcp_rmem": f"4096 {self.receive_window} 6291456",
        }


LINUX = Stack()
DESKTOP = Stack(ttl=128, timestamps=False, receive_window=65536)
PHONE = Stack(ecn=True, receive_window=87380)
OLD_LINUX = Stack(window_scaling=False, receive_window=32768)
TINY = Stack(
    ttl=255,
    window_scaling=False,
    timestamps=False,
    sack=False,
    mtu=1280,
    receive_window=8192,
)
SMALL = Stack(ttl=32, timestamps=False, sack=False, mtu=1400, receive_window=16384)
APPLIANCE = Stack(ttl=255, ecn=True, receive_window=262144)


@dataclass(frozen=True)
class Host:
    """One virtual host.

    Attributes:
        name: of its namespace.
        subnet: name in `SUBNETS`.
        number: the host part of both of its addresses.
        stack: its network stack.
        services: names of the servers it runs (services.py).
    """

    name: str
    subnet: str
    number: int
    stack: Stack = LINUX
    services: tuple[str, ...] = field(default=())

    @property
    def address4(self) -> str:
        """Its IPv4 address."""
        return f"{SUBNETS[self.subnet].prefix4}{self.number}"

    @property
    def address6(self) -> str:
        """Its IPv6 address."""
        return f"{SUBNETS[self.subnet].prefix6}{self.number:x}"


# Rounds 1 to 3 attack the first of each pair of servers, round 4 the second, with other attackers.
HOSTS = {
    host.name: host
    for host in (
        Host("laptop", "home", 10),
        Host("desktop", "home", 11, DESKTOP),
        Host("phone", "home", 12, PHONE),
        Host("tv", "home", 13, OLD_LINUX),
        Host("nas", "home", 14, LINUX, ("ssh", "ftp", "web", "syslog")),
        Host("nas2", "home", 15, DESKTOP, ("ssh", "ftp", "web", "telnet")),
        Host("oldpc", "home", 16, OLD_LINUX),
        Host("hub", "things", 70, LINUX, ("mqtt", "coap", "snmp", "web", "ssh")),
        Host("hub2", "things", 71, APPLIANCE, ("mqtt", "coap", "snmp", "web", "telnet")),
        Host("camera", "things", 72, SMALL, ("web", "rtsp", "telnet")),
        Host("camera2", "things", 73, TINY, ("web", "rtsp", "ftp")),
        Host("thermostat", "things", 74, TINY, ("coap",)),
        Host("plug", "things", 75, APPLIANCE, ("web",)),
        Host("meter", "things", 76, SMALL),
        Host("bulb", "things", 77, TINY),
        Host("web", "cloud", 140, LINUX, ("web", "tls", "ssh")),
        Host("web2", "cloud", 141, Stack(ttl=128), ("web", "tls", "ftp")),
        Host("names", "cloud", 142, LINUX, ("dns", "dot", "ntp")),
        Host("names2", "cloud", 143, Stack(ttl=128, ecn=True), ("dns", "ntp")),
        Host("vps", "cloud", 150),
        Host("vps2", "cloud", 151, Stack(ttl=128, timestamps=False)),
    )
}

# Who attacks in which round. The hosts of a home are compromised ones: they behave well at times.
ATTACKERS = {
    1: ("vps", "laptop"),
    2: ("plug", "vps"),
    3: ("laptop", "plug", "vps"),
    4: ("vps2", "oldpc"),
}
FIRST_VICTIMS = ("nas", "hub", "camera", "web", "names")
LAST_VICTIMS = ("nas2", "hub2", "camera2", "web2", "names2")


def victims(round_number: int) -> tuple[str, ...]:
    """Who may be attacked in a round: round 4's victims are in no earlier one."""
    return LAST_VICTIMS if round_number == 4 else FIRST_VICTIMS


def offering(service: str, names: tuple[str, ...]) -> list[str]:
    """Those of the hosts `names` that run `service`."""
    return [name for name in names if service in HOSTS[name].services]
