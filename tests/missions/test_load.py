"""The shipped graphs keep their bounds; files from elsewhere fail with one clear line."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from pclip.errors import PclipError
from pclip.missions import MISSION_NAMES, Mission, load_mission, load_missions
from pclip.missions.load import MAX_FILE_BYTES

MISSIONS = load_missions()


def shipped(name: str) -> bytes:
    return (resources.files("pclip.missions") / "graphs" / f"{name}.json").read_bytes()


def test_the_three_missions_in_order() -> None:
    assert [mission.name for mission in MISSIONS] == list(MISSION_NAMES)
    assert [mission.title for mission in MISSIONS] == ["DoS", "Reconnaissance", "Brute Force"]


@pytest.mark.parametrize("mission", MISSIONS, ids=MISSION_NAMES)
def test_shipped_graphs_are_of_the_stated_size(mission: Mission) -> None:
    assert len(mission.levels) == 3  # key concepts and two expansions
    assert len(mission.key_concepts) >= 8
    assert all(15 <= len(level) <= 20 for level in mission.levels[1:])
    assert 25 <= len(mission.concepts) <= 60
    assert all(re.fullmatch(r"[a-z]+", word) for word in mission.concepts)
    for word in mission.concepts[len(mission.key_concepts) :]:
        assert 1 <= sum(receiver == word for _, receiver in mission.edges) <= 3


def test_no_word_is_twice_in_a_mission_and_hardly_one_in_two() -> None:
    words = [word for mission in MISSIONS for word in mission.concepts]
    assert all(len(set(mission.concepts)) == len(mission.concepts) for mission in MISSIONS)
    assert len(set(words)) >= 0.98 * len(words)


@pytest.mark.parametrize("mission", MISSIONS, ids=MISSION_NAMES)
def test_provenance_says_who_wrote_the_graph(mission: Mission) -> None:
    assert mission.provenance["written_by"] == "large language model, not named"
    prompts = mission.provenance["prompts"]
    assert isinstance(prompts, tuple)
    assert len(prompts) == 2


def test_names_choose_and_order() -> None:
    names = ("brute_force", "dos")
    assert tuple(mission.name for mission in load_missions(names)) == names
    assert load_missions(()) == ()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("ddos",), "no mission 'ddos': expected one of dos, reconnaissance, brute_force"),
        (("../dos",), "expected one of"),
        (("dos", "dos"), "found a name twice"),
    ],
)
def test_wrong_names(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(PclipError, match=message):
        load_missions(names)


def test_a_file_of_the_users_is_read_like_the_packages_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(shipped("dos"))
    assert load_mission(file) == MISSIONS[0]


DEEP = MAX_FILE_BYTES // 2

RUBBISH = {
    "empty": (b"", "in JSON"),
    "not utf-8": (b'{"schema": "\xff"}', "in JSON"),
    "a capture": (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "in JSON"),
    "cut off": (shipped("dos")[:500], "in JSON"),
    "byte order mark": (b"\xef\xbb\xbf" + shipped("dos"), "in JSON"),
    "nested": (b"[" * DEEP + b"]" * DEEP, "in JSON"),
    "nested, legal depth": (
        b'{"schema": ' + b"[" * 400 + b"]" * 400 + b"}",
        "missing|expected this field",
    ),
    "deep value": (
        shipped("dos").replace(b'"schema": 1', b'"schema": ' + b"[" * 400 + b"]" * 400),
        "schema: found",
    ),
    "nan": (b'{"schema": NaN}', "NaN is not JSON"),
    "endless number": (b'{"schema": ' + b"9" * 5000 + b"}", "in JSON"),
    "field twice": (b'{"schema": 1, "schema": 1}', "same field twice"),
    "a list": (b"[]", "expected an object"),
    "too large": (b" " * (MAX_FILE_BYTES + 1), "larger than 262,144 bytes"),
}


@pytest.mark.parametrize("case", RUBBISH, ids=list(RUBBISH))
def test_rubbish_is_one_clear_line(case: str, tmp_path: Path) -> None:
    content, message = RUBBISH[case]
    file = tmp_path / "evil.json"
    file.write_bytes(content)
    with pytest.raises(PclipError, match=message) as caught:
        load_mission(file)
    assert str(caught.value).startswith(str(file))
    assert len(str(caught.value)) < len(str(file)) + 400


def test_a_name_for_a_file_is_told_where_that_graph_is() -> None:
    with pytest.raises(
        PclipError, match=r"no such file; .* the one that ships is (.*\.json)$"
    ) as e:
        load_mission("os_scan")
    assert load_mission(str(e.value).split(" ships is ")[1]) == load_missions(["os_scan"])[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent.json", "no such file"),
        ("", "a folder; expected a mission graph"),
        ("nul\x00.json", "no such file"),
    ],
)
def test_no_such_file(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PclipError, match=said):
        load_mission(tmp_path / name)
