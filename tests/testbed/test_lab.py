"""The assertions on the lab as built, on recorded answers of the programs that they ask."""

from __future__ import annotations

import json
import lzma
import subprocess

import pytest

from testbed import lab
from testbed.hosts import HOSTS
from testbed.isolation import OUTSIDE, IsolationError, Report
from tests.testbed.record_answers import ANSWERS


@pytest.fixture
def answers(monkeypatch):
    recorded = json.loads(lzma.decompress(ANSWERS.read_bytes()))

    def run(words, **_):
        return subprocess.CompletedProcess(words, *recorded[" ".join(words)])

    monkeypatch.setattr(lab.subprocess, "run", run)
    return recorded


def within(host: str, words: str) -> str:
    return " ".join([*lab.within(host), words])


def test_the_lab_as_it_was_built_is_isolated(answers):
    report = Report()
    lab.assert_isolated(report)
    assert all(line.startswith("holds: ") for line in report.lines)
    for name in (lab.ROUTER, *HOSTS):
        for address in OUTSIDE:
            assert any(f"{name} cannot reach {address}; seen: " in line for line in report.lines)


@pytest.mark.parametrize(
    ("command", "answer", "message"),
    [
        (
            within("phone", "ip -json route"),
            [0, '[{"dst": "default", "gateway": "198.51.100.1"}]', ""],
            "phone has routes into the lab only",
        ),
        (
            within("router", "ip -json -6 route"),
            [0, '[{"dst": "default", "gateway": "fe80::1"}]', ""],
            "router has routes into the lab only",
        ),
        (
            within("hub", "ip route get 8.8.8.8"),
            [0, "8.8.8.8 via 198.51.100.65 dev eth-things", ""],
            "hub cannot reach 8.8.8.8",
        ),
        (
            within("router", "nft list ruleset"),
            [0, "table ip nat { chain post { masquerade } }", ""],
            "router translates and filters nothing",
        ),
        (
            "ip -json link",
            [0, '[{"ifname": "lo"}, {"ifname": "eth0"}]', ""],
            "the switches have the lab's links only",
        ),
        (
            "ip -json address",
            [0, '[{"ifname": "br-home", "addr_info": [{"local": "198.51.100.9"}]}]', ""],
            "the switches have no address",
        ),
    ],
)
def test_one_answer_that_differs_is_a_doubt(answers, command, answer, message):
    assert command in answers
    answers[command] = answer
    with pytest.raises(IsolationError, match=message):
        lab.assert_isolated(Report())


def test_a_strange_link_or_address_of_a_host_is_a_doubt(answers):
    command = within("bulb", "ip -json address")
    code, text, _ = answers[command]
    links = json.loads(text)
    links.append({"ifname": "eth0", "addr_info": []})
    answers[command] = [code, json.dumps(links), ""]
    with pytest.raises(IsolationError, match="bulb has the links it was given"):
        lab.assert_isolated(Report())
    links[-1]["addr_info"] = [{"local": "10.0.0.5"}]
    answers[command] = [code, json.dumps(links), ""]
    with pytest.raises(IsolationError, match="bulb has documentation addresses only"):
        lab.assert_isolated(Report())
