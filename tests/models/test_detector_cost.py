from __future__ import annotations

import pytest

from pclip.missions import Mission, compile_mission
from pclip.models.detector import Detector
from pclip.models.detector_cost import detector_macs, transformer_macs
from pclip.models.temporal import PAPER_SIZE, TemporalSizes

LEVELS = (("a", "b"), ("c", "d", "e"))
EDGES = (("a", "c"), ("a", "d"), ("b", "d"), ("b", "e"))


def mission_of(readout):
    return compile_mission(Mission("toy", "Toy", "toy event", LEVELS, EDGES), readout)


def test_paper_size_is_215_million():
    macs = transformer_macs(PAPER_SIZE, window=30)
    assert macs == 12 * (30 * (4 * 128**2 + 2 * 128 * 2048) + 2 * 30**2 * 128)
    assert round(macs / 1e6) == 215


@pytest.mark.parametrize(
    ("propagate", "readout", "projected", "edges"),
    [
        # projected after step 1: nodes that depend on the packet and are read again.
        ("carry", "last", 2 + 3, 2 + 4 + 3),
        ("carry", "all", 2 + (2 + 3), 2 + 4 + 5),
        ("released", "last", 2 + 3, 2 + 4 + 3),
        ("released", "all", 2 + (3 + 1), 2 + (4 + 2) + 3),
    ],
)
def test_by_hand(propagate, readout, projected, edges):
    sizes = TemporalSizes(width=16, layers=2, heads=4, ff=24)
    detector = Detector(
        (mission_of(readout),) * 3, 4, dim=8, propagate=propagate, temporal=sizes, head_hidden=(20,)
    )
    macs = detector_macs(detector, embedding_width=50, window=6)
    assert macs.graphs == 3 * (50 * 8 + projected * 8 * 8 + edges * 8)
    assert macs.concepts == 3 * 7 * (50 * 8 + 2 * 8 * 8)
    blocks = 2 * (6 * (4 * 16 * 16 + 2 * 16 * 24) + 2 * 6 * 6 * 16)
    assert macs.temporal == 6 * 24 * 16 + blocks
    assert macs.head == 6 * (16 * 20 + 20 * 4)
    assert macs.per_window == 6 * macs.graphs + macs.temporal + macs.head
    assert macs.per_packet == macs.per_window / 6


def test_without_missions_the_transformer_reads_the_packet_vectors():
    macs = detector_macs(Detector((), 4), embedding_width=384, window=30)
    assert macs.graphs == macs.concepts == 0
    assert macs.temporal == 30 * 384 * 128 + transformer_macs(TemporalSizes(), 30)


def test_a_window_has_packets():
    with pytest.raises(ValueError, match="window is 0"):
        detector_macs(Detector((), 4), embedding_width=384, window=0)
