"""The encoding benchmark measures what it says; times are made up here."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks import encode_page, encode_pipeline
from benchmarks.encode import first_packets
from benchmarks.encode_forward import FUSED, OURS, UER, Batch
from benchmarks.encode_pipeline import (
    Capture,
    Ceiling,
    Shapes,
    Whole,
    by_shape,
    ceiling,
    padded_batches,
    whole,
)
from benchmarks.timing import Contestant
from pclip.models import EncoderConfig, PacketEncoder, encoder_macs
from pclip.models.parameters import random_params
from pclip.packets import PacketTable, read_capture
from tests.packets.conftest import Build
from tests.packets.write_classic import classic_pcap


@pytest.fixture(scope="module")
def encoder() -> PacketEncoder:
    config = EncoderConfig(5 + 2**16, width=8, layers=1, heads=1, ff=8)
    return PacketEncoder("small", config, random_params(config, 0), "small", "")


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> PacketTable:
    path = tmp_path_factory.mktemp("capture") / "made.pcap"
    frames = [Build.zoo()[name] for name in ("tcp", "udp 6", "tcp", "tcp")]
    path.write_bytes(classic_pcap(frames))
    return read_capture(path)


def test_the_ceiling_counts_distinct_inputs_and_their_tokens(
    packets: PacketTable, encoder: PacketEncoder
) -> None:
    capture = Capture.of(packets, "paper")
    top = ceiling(capture, encoder)
    assert (top.packets, top.distinct) == (4, 2)
    tcp, udp = (encoder_macs(encoder.config, int(n)) for n in capture.lengths[:2])
    assert tcp != udp
    all_padded = 4 * encoder_macs(encoder.config, 128)
    assert top.gain == pytest.approx(all_padded / (tcp + udp))


def test_loop_and_pipeline_make_the_same_vectors(
    packets: PacketTable, encoder: PacketEncoder
) -> None:
    capture = Capture.of(packets, "paper")
    found = whole(capture, encoder, 1)
    assert found.apart < 1e-6
    assert found.loop_s > 0
    assert found.pipeline_s > 0


def test_the_pipeline_runs_whole_between_two_halves_of_the_batches(
    packets: PacketTable, encoder: PacketEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    clock = [0.0]

    def encode(*_: object) -> Iterator[None]:
        done.append("batches")
        clock[0] += 4.0
        yield

    def by_pipeline(*_: object) -> None:
        done.append("pipeline")
        clock[0] += 100.0

    monkeypatch.setattr(encode_pipeline, "encode", encode)
    monkeypatch.setattr(encode_pipeline, "by_pipeline", by_pipeline)
    monkeypatch.setattr(encode_pipeline.time, "perf_counter", lambda: clock[0])
    found = by_shape(Capture.of(packets, "paper"), encoder, 5)
    assert sum(found.batches.values()) == len(found.seconds) == 2
    # The loop and two lengths: each once to compile, then five times on either side.
    assert done == ["batches"] * (3 + 15) + ["pipeline"] + ["batches"] * 15
    assert found.pipeline_s == 100
    assert found.loop_s == 1  # a call has four batches, and four packets are one


def test_the_loop_takes_each_packet_once() -> None:
    batches = padded_batches(70)
    assert np.concatenate([batch.rows for batch in batches]).tolist() == list(range(70))
    assert {batch.length for batch in batches} == {128}


def test_the_smallest_capture_is_taken(packets: PacketTable) -> None:
    two = dataclasses.replace(packets, capture=np.array([0, 0, 0, 1], np.int32))
    assert first_packets(two, 10).index.tolist() == [3]
    assert first_packets(packets, 2).index.tolist() == [0, 1]


def page(ours_s: float, pipeline_s: float, apart: float, rate: int) -> str:
    seconds = {OURS: ours_s, UER: 1.1, FUSED: 1.0}
    contestants = [Contestant(name, lambda: 8, 1, 8, [value]) for name, value in seconds.items()]
    top = Ceiling(1000, 500, 2.0, 1.5)
    shapes = Shapes(300.0, pipeline_s, {128: 0.5}, {128: 30})
    return encode_page.write(
        {
            "encoder": "small",
            "forward": [Batch(8, 128, contestants, {UER: 1e-6, FUSED: 2e-6})],
            "missing": [],
            "captures": [("paper", top, shapes)],
            "student": {"packets": 9}
            | {form: {"wall": rate, "cpu": rate} for form in encode_page.STUDENT_FORMS},
            "whole": [("paper", top, Whole(3.0, 1.0, apart))],
        }
    )


def test_the_page_says_which_targets_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode_page.metadata, "version", lambda name: "0")
    good = page(ours_s=1.0, pipeline_s=105.0, apart=1e-6, rate=12_000)
    assert good.count("| met |") == 7
    assert "missed" not in good
    assert "| 95% | met |" in good  # 300 / 105 of 2.0 x 1.5
    bad = page(ours_s=1.22, pipeline_s=115.0, apart=2e-4, rate=11_999)
    assert bad.count("| missed |") == 7
