"""A tiny model with random weights, and captures written by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from flax.traverse_util import unflatten_dict

from pclip.evaluation.zero_shot import normalise
from pclip.missions import validate
from pclip.models.heads import Standardiser
from pclip.models.packet_encoder import load_packet_encoder
from pclip.models.temporal import TemporalSizes
from pclip.models.text_encoder import MINILM_SHA256
from pclip.serving import Artefact, PclipModel, load, save_artefact
from pclip.serving.artefact import expected_shapes
from pclip.serving.manifest import (
    DetectorSizes,
    HeadSizes,
    Manifest,
    Origin,
    PacketSide,
    TextSide,
)

MAC = bytes.fromhex("0200000000aa0200000000bb")
SECOND = 1_700_000_000
ARP = MAC + b"\x08\x06" + bytes.fromhex("0001080006040001") + (MAC[:6] + bytes(4)) * 2
WINDOW = 4
TEXT_WIDTH = 384


def mission(name: str, title: str, levels: list[list[str]], edges: list[list[str]]):
    return validate(
        {
            "schema": 1,
            "name": name,
            "title": title,
            "event": f"{title} attack",
            "levels": levels,
            "edges": edges,
            "provenance": {"written_by": "a test", "prompts": ["none"]},
        },
        f"{name}.json",
    )


MISSIONS = (
    mission(
        "dos",
        "DoS",
        [["flood", "burst"], ["overload"]],
        [["flood", "overload"], ["burst", "overload"]],
    ),
    mission(
        "scan",
        "Reconnaissance",
        [["probe"], ["port", "host"]],
        [["probe", "port"], ["probe", "host"]],
    ),
)


def ipv4(protocol: int, payload: bytes, source: int = 2, destination: int = 1) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0)
    addresses = bytes([198, 51, 100, source, 198, 51, 100, destination])
    return MAC + b"\x08\x00" + head + addresses + payload


def tcp(sport: int, dport: int, payload: bytes = b"", flags: int = 0x18, **ends: int) -> bytes:
    head = struct.pack(">HHIIBBHHH", sport, dport, 7, 9, 0x50, flags, 512, 0, 0)
    return ipv4(6, head + payload, **ends)


def udp(sport: int, dport: int, payload: bytes = b"", **ends: int) -> bytes:
    return ipv4(17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload, **ends)


def icmp(**ends: int) -> bytes:
    return ipv4(1, struct.pack(">BBHHH", 8, 0, 0, 3, 4) + bytes(16), **ends)


@dataclass(frozen=True)
class Frames:
    """The makers of frames, and a capture's worth of them."""

    tcp = staticmethod(tcp)
    udp = staticmethod(udp)
    icmp = staticmethod(icmp)
    arp = ARP

    @staticmethod
    def mixture() -> list[bytes]:
        """Four flows and an ARP packet; repeats, both directions, payloads of many lengths."""
        talk = [
            tcp(40000, 80, flags=2),
            tcp(80, 40000, flags=0x12, source=1, destination=2),
            tcp(40000, 80, b"GET / HTTP/1.1\r\n" * 3),
            tcp(80, 40000, bytes(range(100)), source=1, destination=2),
        ]
        flood = [tcp(50000, 22, flags=2, source=9)] * 5
        lookups = [udp(5353, 53, bytes([n]) * 20, source=3) for n in (1, 2, 2)]
        return [talk[0], ARP, flood[0], talk[1], *flood[1:], talk[2], *lookups, icmp(), talk[3]]


@pytest.fixture(scope="session")
def frames() -> type[Frames]:
    return Frames


def pcap(packets: Sequence[bytes], times_ns: Sequence[int] | None = None) -> bytes:
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, frame in enumerate(packets):
        at = times_ns[number] if times_ns else SECOND * 10**9 + number * 1_000_000
        second, rest = divmod(at, 10**9)
        content += struct.pack("<IIII", second, rest // 1000, len(frame), len(frame)) + frame
    return content


@pytest.fixture
def write_pcap(tmp_path: Path) -> Callable[..., Path]:
    def write(
        packets: Sequence[bytes], times_ns: Sequence[int] | None = None, name: str = "made.pcap"
    ) -> Path:
        path = tmp_path / name
        path.write_bytes(pcap(packets, times_ns))
        return path

    return write


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("captures") / "mixture.pcap"
    path.write_bytes(pcap(Frames.mixture()))
    return path


@pytest.fixture(scope="session")
def artefact() -> Artefact:
    """Heads and a detector with random weights over the real frozen encoders."""
    packets = load_packet_encoder("et-bert-tiny")
    width = packets.config.width
    manifest = Manifest(
        name="made",
        weights_sha256="0" * 64,
        packet_encoder=PacketSide(
            packets.name, packets.sha256, packets.note, width, "identity_free", 128
        ),
        text_encoder=TextSide("minilm", MINILM_SHA256, "as packaged", TEXT_WIDTH, 128),
        heads=HeadSizes("both", 24, 0.07, True),
        detector=DetectorSizes(WINDOW, 4, "carry", "last", TemporalSizes(16, 1, 4, 24), (12,)),
        missions=MISSIONS,
        groups=("Benign", "DoS", "Reconnaissance"),
        classes=("Benign", "SYN Flood", "Port Scan"),
        origin=Origin("made", "made", "round", 0, "unknown", {"mauc": 0.5}),
        limits=("It knows nothing.",),
    )
    rng = np.random.default_rng(0)
    tree = unflatten_dict(
        {name: leaf(rng, name, shape) for name, shape in expected_shapes(manifest).items()},
        sep="/",
    )
    return Artefact(
        manifest,
        tree["heads"],
        Standardiser(**tree["standardiser"]),
        tree["detector"],
        tuple(normalise(tree["concepts"][graph.name]) for graph in MISSIONS),
    )


def leaf(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values as far from nothing as trained ones: packets' vectors differ little before it."""
    values = rng.normal(size=shape)
    if name.endswith(("/deviation", "/var")):
        values = 0.05 + 0.1 * values**2
    elif name.endswith("/mean"):
        values *= 0.1
    elif name.endswith("/kernel"):
        values *= 2 / np.sqrt(shape[0])
    return values.astype(np.float32)


@pytest.fixture(scope="session")
def saved(artefact: Artefact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artefact's folder; not to be changed."""
    folder = tmp_path_factory.mktemp("models") / "made"
    save_artefact(folder, artefact)
    return folder


@pytest.fixture(scope="session")
def model(saved: Path) -> PclipModel:
    return load(saved)


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """A copy of the model folder that a test may spoil."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in saved.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def renamed(artefact: Artefact) -> Callable[..., Artefact]:
    """The artefact with other fields of its manifest."""
    return lambda **fields: replace(artefact, manifest=replace(artefact.manifest, **fields))
