"""mDNS and SSDP as small devices speak them, for hosts without a daemon of their own.

python3 -m testbed.announce mdns|ssdp-search|ssdp-notify NAME SEED
"""

from __future__ import annotations

import random
import socket
import struct
import sys

PTR, IN = 12, 1
MDNS, SSDP = ("224.0.0.251", 5353), ("239.255.255.250", 1900)
SERVICES = tuple(f"_{name}._tcp" for name in ("http", "mqtt", "googlecast", "printer", "hap"))


def _name(words: str) -> bytes:
    return b"".join(bytes([len(w)]) + w.encode() for w in words.split(".")) + b"\0"


def mdns_query(rng: random.Random) -> bytes:
    """A question for a service (RFC 6762, section 5)."""
    head = struct.pack(">6H", 0, 0, 1, 0, 0, 0)
    return head + _name(f"{rng.choice(SERVICES)}.local") + struct.pack(">2H", PTR, IN)


def mdns_answer(name: str, rng: random.Random) -> bytes:
    """An unasked announcement of a service (RFC 6762, section 8.3)."""
    target = _name(f"{name}-{rng.randrange(100)}.local")
    head = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + _name(f"{rng.choice(SERVICES)}.local")
    return head + struct.pack(">2HIH", PTR, IN, rng.choice((120, 4500)), len(target)) + target


def ssdp_search(rng: random.Random) -> bytes:
    """M-SEARCH of UPnP."""
    what = rng.choice(("ssdp:all", "upnp:rootdevice", "urn:dial-multiscreen-org:service:dial:1"))
    return (
        'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n'
        f"MX: {rng.randrange(1, 5)}\r\nST: {what}\r\n\r\n"
    ).encode()


def ssdp_notify(name: str, rng: random.Random) -> bytes:
    """NOTIFY of UPnP."""
    return (
        "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
        f"CACHE-CONTROL: max-age={rng.choice((100, 1800))}\r\nNTS: ssdp:alive\r\n"
        f"SERVER: Linux UPnP/1.0 {name}/{rng.randrange(9)}.{rng.randrange(9)}\r\n"
        f"USN: uuid:{rng.getrandbits(64):016x}::upnp:rootdevice\r\n\r\n"
    ).encode()


def main(kind: str, name: str, seed: int) -> None:
    """Send one to three of them to the link's multicast group."""
    rng = random.Random(seed)
    place = MDNS if kind == "mdns" else SSDP
    write = {
        "mdns": lambda: mdns_query(rng) if rng.random() < 0.5 else mdns_answer(name, rng),
        "ssdp-search": lambda: ssdp_search(rng),
        "ssdp-notify": lambda: ssdp_notify(name, rng),
    }[kind]
    # A host has one link; the multicast route is not needed if the link is named.
    link = next(n for _, n in socket.if_nameindex() if n != "lo")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255 if kind == "mdns" else 4)
        request = struct.pack("4s4si", b"\0" * 4, b"\0" * 4, socket.if_nametoindex(link))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
        for _ in range(rng.randrange(1, 4)):
            sender.sendto(write(), place)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
