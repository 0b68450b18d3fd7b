"""docs/policies.md, written from the tables of the byte policies.

python -m pclip.packets.policy_page > docs/policies.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pclip.packets.payload_names import (
    KEPT_NAMES,
    NAME_MARGIN,
    NAMED_COMMANDS,
    NAMED_FIELDS,
    NAMED_HEADERS,
    NAMED_OPTIONS,
    NAMED_TEXT,
    WALKED,
)
from pclip.packets.policies import LEGACY_BYTES
from pclip.packets.transport import DCCP, ICMP, ICMPV6, IGMP, SCTP, TCP, UDP, UDP_LITE
from pclip.packets.zeroed_fields import (
    AGGFRAG,
    AX25,
    CARRIED,
    CLNP,
    DSR,
    EGP,
    EIGRP,
    ENCAP,
    END,
    ESP,
    ETHERIP,
    ETHERNET,
    HIP,
    IGRP,
    IPCOMP,
    IPX,
    ISIS,
    L2TP,
    MANET,
    MINIMAL,
    MOBILITY,
    MPLS,
    NARP,
    NSH,
    OLD_IPIP,
    OSPF,
    PGM,
    PIM,
    ROHC,
    RSVP,
    RSVP_IGNORE,
    SHIM6,
    VRRP,
    WESP,
    ZEROED_FIELDS,
    ZEROED_OPTIONS,
)
from pclip.packets.zeroed_walks import MAX_NESTED

NAMES = {
    TCP: "TCP", UDP: "UDP", UDP_LITE: "UDP-Lite", DCCP: "DCCP", SCTP: "SCTP", ICMP: "ICMP",
    ICMPV6: "ICMPv6", IGMP: "IGMP", PIM: "PIM", ESP: "ESP", IPCOMP: "IPComp", VRRP: "VRRP, CARP",
    OSPF: "OSPF", EIGRP: "EIGRP", RSVP: "RSVP", L2TP: "L2TPv3", MOBILITY: "IPv6 mobility",
    HIP: "HIP", SHIM6: "Shim6", EGP: "EGP (8)", IGRP: "IGRP (9)", DSR: "DSR (48)",
    NARP: "NARP (54)", MINIMAL: "minimal encapsulation (55)", CLNP: "CLNP (80)",
    AX25: "AX.25 (93)", OLD_IPIP: "IP in IP, old (94)", ETHERIP: "EtherIP (97)",
    ENCAP: "encapsulation header (98)", IPX: "IPX in IP (111)", PGM: "PGM (113)",
    ISIS: "IS-IS over IP (124)", RSVP_IGNORE: "RSVP-E2E-IGNORE (134)", MPLS: "MPLS in IP (137)",
    MANET: "MANET (138)", WESP: "WESP (141)", ROHC: "ROHC (142)", ETHERNET: "Ethernet (143)",
    AGGFRAG: "AGGFRAG (144)", NSH: "NSH (145)",
}  # fmt: skip

_PAGE = """# Byte policies

Which bytes of a packet a model may see; one word in a config, `packet.bytes`. Written from the
tables in `pclip/packets/zeroed_fields.py` and `pclip/packets/payload_names.py` by
`python -m pclip.packets.policy_page`; a test holds this page against them.

| policy | shows |
|---|---|
| `legacy38` | the frame without its first {legacy} bytes, as the released code; \
addresses and ports show wherever a header is not the one it expects |
| `paper` | from after the ports, or after the IP headers where there are none, to the datagram's \
end; what ICMP errors quote and tunnels carry shows, with its addresses and ports |
| `identity_free` | the same, with the fields of the first three tables zeroed (default) |
| `nameless` | the same, with the names of the tables below zeroed too: a control |

Never visible but under `legacy38`: link headers (Ethernet, VLAN, MPLS, PPPoE, PPP and others), \
IPv4 and IPv6
headers with their options, extension headers, the authentication header, ports, link padding. ARP
and other frames that are not IP show nothing. Zeroing keeps places and lengths: a model still sees
that a field was there and how long it was.

A fragment that is not the first one has no transport header. Its bytes are the middle of some
payload, where no header can be, and stay as they are. What is encrypted stays.

IP protocols and ICMP types that no table names show all that follows the IP headers as it is,
addresses and identifiers included: protocols out of use (GGP, XNS, RDP, ISO-TP4, VMTP and their
like), 253 and 254, and the ICMP types for experiments. So do tunnels within UDP other than those
named. L2TP (1701), IKE and ESP (500 and 4500) are not read either: scanners probe these ports, in
the built-in recording too, and the committed results rest on the probes as they are.

A source port of GTP, Teredo or SCTP in UDP counts as a destination port does, since answers come
from it: a client that happens to have such a port loses those bytes too.

## Fields

Places are counted from the first byte of the protocol's header. The message type is the first
byte, of OSPF version and type, of DCCP type and the bit for long sequence numbers.

{fields}

The TCP urgent pointer, window, flags and data offset stay, as do all lengths and types.

## Options, chunks and objects

Places are counted from the option's own first byte. Other kinds stay as they are. Where a list
cannot be read on, since a length is too small or, but for chunks and objects, reaches beyond the
list, all from there to its end is zeroed, and so is what stands behind a TCP list's end mark.

{options}

## Packets in packets

Of a packet within another the link, IP and transport headers are zeroed whole, ports included; in
what follows, the fields and options above are zeroed as of an outer packet. A packet that cannot be
read is zeroed whole, and so is what lies more than {nested} deep. Where a reader is told to look
into a tunnel, a row is the inner packet, and nothing of the outer one is visible.

{carried}

## Names in payloads: `nameless`

A control, to measure how much of a score is read from names of hosts and users, from addresses and
from the time of day. It reads {margin} bytes beyond those shown, so that a name cut by the view is
one. It knows a name by what its own packet says of it: values whose header stands in an earlier
packet stay, and so do names in protocols that are not listed, in compressed or encoded text, and
the lengths of all names. `User-Agent` and `Server` stay: they name programs, not hosts; what a
single host runs may still tell it apart.

### Places

{named}

### Messages

{walked}

### Text, whatever the port

{text}

Headers: {headers}.

Commands: {commands}.

### Names that stay

No table looks for these, and the list is not whole. Textual addresses, URLs and the headers above
are zeroed in such payloads too, where they are plain ASCII.

{kept}
"""


def policy_page() -> str:
    """The page as Markdown."""
    return _PAGE.format(
        legacy=LEGACY_BYTES,
        nested=MAX_NESTED,
        margin=NAME_MARGIN,
        fields=_table(
            ("protocol", "types", "zeroed", "bytes"),
            (
                (
                    NAMES[field.protocol] + (f", port {_numbers(field.ports)}" * bool(field.ports)),
                    _types(field.protocol, field.types),
                    field.what,
                    _bytes(field.first, field.after),
                )
                for field in ZEROED_FIELDS
            ),
        ),
        options=_table(
            ("option", "kinds", "zeroed", "bytes"),
            (
                (
                    option.layout,
                    _numbers(option.kinds) or "all",
                    option.what,
                    _bytes(option.first, option.after),
                )
                for option in ZEROED_OPTIONS
            ),
        ),
        carried=_table(("where", "zeroed"), CARRIED),
        named=_table(
            ("protocol", "ports or ICMP types", "zeroed", "bytes or options"),
            (
                *(
                    (
                        NAMES[field.protocol],
                        _numbers(field.ports),
                        field.what,
                        _bytes(field.first, field.after),
                    )
                    for field in NAMED_FIELDS
                ),
                *(
                    ("UDP", _numbers(option.ports), option.what, _numbers(option.kinds))
                    for option in NAMED_OPTIONS
                ),
            ),
        ),
        walked=_table(("message", "zeroed"), WALKED),
        kept=_table(("protocol", "stays"), KEPT_NAMES),
        text="\n".join(f"- {what}" for what in dict.fromkeys(row.what for row in NAMED_TEXT)),
        headers=", ".join(f"`{name}`" for name in NAMED_HEADERS),
        commands=", ".join(f"`{name.strip()}`" for name in NAMED_COMMANDS),
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _bytes(first: int, after: int) -> str:
    if after == END:
        return f"from {first} on"
    return str(first) if after == first + 1 else f"{first} to {after - 1}"


def _types(protocol: int, types: Sequence[int]) -> str:
    if protocol == DCCP:
        return _numbers(sorted({kind >> 1 for kind in types})) or "all"
    if protocol == OSPF and types and len(types) < 10:
        return ", ".join(f"v{kind >> 8} type {kind & 255}" for kind in types)
    if protocol == OSPF and types:
        return f"v{types[0] >> 8}"
    return _numbers(types) or "all"


def _numbers(numbers: Sequence[int]) -> str:
    """Numbers in order, runs of three and more as one."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(
        f"{part[0]} to {part[-1]}" if len(part) > 2 else ", ".join(map(str, part)) for part in parts
    )


if __name__ == "__main__":
    print(policy_page(), end="")
