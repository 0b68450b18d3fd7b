from __future__ import annotations

import json

from pclip.packets import read_capture
from pclip.serving import Detections, TextShare, printing
from pclip.serving.detections import FlowVerdict

FLOW = FlowVerdict(
    time="2023-11-14T22:13:20.000000Z",
    capture="a\x1bb.pcap",
    src="198.51.100.2",
    sport=None,
    dst="2001:db8::1",
    dport=53,
    protocol="UDP",
    packets=1200,
    flagged_packets=3,
    verdict="DoS",
    attack_probability=0.81249,
    probabilities={"Benign": 0.18751, "DoS": 0.81249},
)
SHARE = TextShare("a SYN flood", 3, 0.75, 0.5, 0.25)


def test_columns_are_aligned_numbers_to_the_right():
    assert printing.aligned(("text", "n"), [("ab", "1,000"), ("longer", "7")]) == [
        "text        n",
        "ab      1,000",
        "longer      7",
    ]


def test_no_row_gives_the_header():
    assert printing.aligned(("a", "b"), []) == ["a  b"]


def test_the_cells_of_a_flow():
    assert printing.flow_row(FLOW) == (
        "2023-11-14T22:13:20.000000Z", "198.51.100.2", "-", "2001:db8::1", "53", "UDP", "1,200",
        "3", "DoS", "0.812",
    )  # fmt: skip
    assert len(printing.FLOW_HEADER) == len(printing.flow_row(FLOW))


def test_the_cells_of_a_text():
    assert printing.share_row(SHARE) == ("a SYN flood", "3", "75.0%", "0.500", "0.250")
    assert len(printing.SHARE_HEADER) == 5


def test_json_lines_hold_all_fields_and_the_note():
    flow, share = printing.json_lines([FLOW, SHARE], "m", "random weights")
    assert json.loads(flow) == {
        "time": FLOW.time,
        "capture": FLOW.capture,
        "src": FLOW.src,
        "sport": None,
        "dst": FLOW.dst,
        "dport": 53,
        "protocol": "UDP",
        "packets": 1200,
        "flagged_packets": 3,
        "verdict": "DoS",
        "attack_probability": FLOW.attack_probability,
        "probabilities": FLOW.probabilities,
        "model": "m",
        "note": "random weights",
    }
    assert flow.isprintable()
    assert json.loads(share)["share"] == 0.75


def test_the_counts(capture):
    table = read_capture(capture)
    used = table.take(table.usable)
    found = Detections(
        ("Benign", "DoS"), used, None, 30, 1014, {"not IP (ARP)": 1000, "empty record": 1}, "m", "n"
    )
    assert printing.detection_counts(found, [FLOW], 0.5) == (
        "read 1,014 packets, used 13, skipped 1,001 (1,000 not IP (ARP), 1 empty record); "
        "13 windows of up to 30 packets; flagged 1 of 1 flows (3 packets) at threshold 0.5"
    )


def test_a_result_says_of_which_weights_it_is_whatever_the_note_says():
    for note in ("random weights, seed 0", "pre-trained on zeek", "weights of own.bin"):
        assert printing.model_line("m", note) == f"model m, packet encoder: {note}"


def test_what_a_model_is(artefact):
    text = "\n".join(printing.manifest_lines(artefact.manifest, 1234))
    for words in (
        "made\n",
        "packet encoder: random weights, seed 0 (not pre-trained)\n",
        "identity_free",
        "DoS (3 concepts), Reconnaissance (3 concepts)",
        "Benign, DoS, Reconnaissance",
        "split round, seed 0",
        "mauc 0.500",
        "1,234 numbers",
        "- It knows nothing.",
    ):
        assert words in text
