"""Scenarios: the same seed gives the same one, and what it asks for is bounded."""

from __future__ import annotations

import ipaddress
import itertools
import re

import pytest

from testbed.attacks import LABELS, MOST_PACKETS_PER_SECOND, MOST_SECONDS
from testbed.hosts import ATTACKERS, FIRST_VICTIMS, HOSTS, LAST_VICTIMS, SUBNETS
from testbed.isolation import ALLOWED
from testbed.scenario import BENIGN, ROUNDS, clash, draw_scenario, read_scenario

# Dotted quads, and IPv6 addresses of four digits first, wherever they stand in a word.
LOOKS_LIKE_AN_ADDRESS = re.compile(
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<![\w:])[0-9a-f]{4}:[0-9a-f:]*[0-9a-f](?![\w:])"
)


@pytest.fixture(scope="module")
def scenario():
    return draw_scenario(7)


@pytest.fixture(scope="module")
def attacks(scenario):
    return [event for event in scenario.events if event.label != BENIGN]


def test_a_seed_is_a_scenario(scenario, tmp_path):
    assert scenario.to_json() == draw_scenario(7).to_json() != draw_scenario(8).to_json()
    (tmp_path / "scenario.json").write_text(scenario.to_json())
    assert read_scenario(tmp_path / "scenario.json") == scenario


def test_every_class_by_three_tools_or_modes_and_six_settings(attacks):
    for label in LABELS:
        events = [event for event in attacks if event.label == label]
        assert {event.round for event in events} == set(ROUNDS)
        assert len({(event.tool, event.mode) for event in events}) >= 3
        assert len({(event.tool, event.mode, str(event.setting)) for event in events}) >= 6


def test_round_4_has_attackers_and_victims_of_its_own(attacks):
    last = [event for event in attacks if event.round == 4]
    rest = [event for event in attacks if event.round != 4]
    assert not {event.host for event in last} & {event.host for event in rest}
    assert not {event.target for event in last} & {event.target for event in rest}
    assert not set(FIRST_VICTIMS) & set(LAST_VICTIMS)
    settings = {(event.tool, event.mode, str(event.setting)) for event in rest}
    assert all((e.tool, e.mode, str(e.setting)) not in settings for e in last)


def test_every_seed_has_a_scenario():
    for seed in range(12):
        assert {event.label for event in draw_scenario(seed, quick=True).events} >= set(LABELS)
    draw_scenario(8)


def test_attackers_also_behave_well(scenario):
    attackers = set(itertools.chain.from_iterable(ATTACKERS.values()))
    assert len(attackers) >= 4
    harmless = {event.host for event in scenario.events if event.label == BENIGN}
    assert attackers <= harmless


def test_attacks_overlap_and_some_victims_have_two_at_once(attacks):
    pairs = [
        (a, b)
        for a, b in itertools.combinations(attacks, 2)
        if a.round == b.round and abs(a.start - b.start) < min(a.seconds, b.seconds) / 2
    ]
    assert len(pairs) > 30
    assert any(a.target == b.target for a, b in pairs)


def test_no_packet_can_belong_to_two_events_of_which_one_attacks(scenario, attacks):
    for attack in attacks:
        for other in scenario.events:
            assert other.id == attack.id or not clash(attack, other)


def test_everything_is_bounded(scenario):
    assert all(event.seconds <= MOST_SECONDS for event in scenario.events)
    assert all(event.start + 2 < scenario.round_seconds for event in scenario.events)
    assert len(scenario.rounds) * (scenario.round_seconds + 60) < 20 * 60


# How each tool is told its rate, in packets or requests a second.
RATES = (
    (re.compile(r"--(?:max-)?rate (\d+)|-Q (\d+)|slowhttptest .*-r (\d+)"), lambda n: n),
    (re.compile(r"ping .*-i (0?\.\d+)"), lambda seconds: 1 / seconds),
    (re.compile(r"hping3 .*-i u(\d+)"), lambda micros: 1e6 / micros),
    (re.compile(r"-d (\d+)msec"), lambda millis: 1e3 / millis),
)
# They have no such setting; what they send in a second is measured by checks.py.
WITHOUT_RATE = {
    "nc", "dig", "hydra", "medusa", "ncrack", "patator", "whatweb", "wapiti", "gobuster", "sslscan",
}  # fmt: skip


def test_every_rate_in_a_command_is_bounded():
    for seed in (7, 8, 9):
        for event in draw_scenario(seed).events:
            for words in event.commands if event.label != BENIGN else ():
                text = " ".join(words)
                told = [
                    rate(float(next(filter(None, found.groups()))))
                    for pattern, rate in RATES
                    if (found := pattern.search(text))
                ]
                assert bool(told) != (event.tool in WITHOUT_RATE), text
                assert all(rate <= MOST_PACKETS_PER_SECOND for rate in told), text


def test_every_address_in_a_command_is_the_labs(scenario):
    lab = [host.address4 for host in HOSTS.values()] + [host.address6 for host in HOSTS.values()]
    lab += [s.router4 for s in SUBNETS.values()] + [s.router6 for s in SUBNETS.values()]
    for event in scenario.events:
        assert event.address in ("", *lab)
        assert event.source in lab
        text = " ".join(itertools.chain.from_iterable(event.commands))
        for found in LOOKS_LIKE_AN_ADDRESS.findall(text):
            address = ipaddress.ip_address(found)
            assert any(address in network for network in ALLOWED), text
        for name in re.findall(r"https?://([a-z][^/: ]*)", text):
            raise AssertionError(f"a name instead of an address: {name} in {text}")
        if event.address:
            assert all(event.address in " ".join(words) for words in event.commands), text


def test_no_command_sets_the_clock(scenario):
    for event in scenario.events:
        for words in event.commands:
            assert words[0] not in ("date", "ntpdate", "hwclock", "timedatectl", "adjtimex")
            assert words[0] != "ntpdig" or not {"-s", "-S"} & set(words)


def test_hosts_are_many_and_differ():
    assert len(HOSTS) >= 14
    assert len({host.subnet for host in HOSTS.values()}) >= 2
    stacks = {host.stack for host in HOSTS.values()}
    assert {stack.ttl for stack in stacks} == {32, 64, 128, 255}
    for name in ("window_scaling", "timestamps", "sack", "ecn"):
        assert {getattr(stack, name) for stack in stacks} == {True, False}
    assert len({stack.mtu for stack in stacks}) > 1
    addresses = [host.address4 for host in HOSTS.values()]
    assert len(set(addresses)) == len(addresses)
    for host in HOSTS.values():
        assert ipaddress.ip_address(host.address4) in ipaddress.ip_network(
            SUBNETS[host.subnet].network4
        )


def test_a_quick_scenario_is_short():
    quick = draw_scenario(1, quick=True)
    assert quick.round_seconds <= 20
    assert {e.label for e in quick.events} == {BENIGN, *LABELS}
