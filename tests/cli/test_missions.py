"""The commands `pclip missions ...`: against a local server, in replay, with the real encoder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pclip import cli
from pclip.llm import prompt
from pclip.missions import load_mission
from tests.made_endpoint import MadeEndpoint, Request

ROOT = Path(__file__).resolve().parents[2]
GRAPH = ROOT / "pclip" / "missions" / "graphs" / "dos.json"
EVENT = "lateral movement over SMB"
ANSWERS = (
    "1. **Share**: a folder\n2. admin share\n3. Credential\n4. Pivot",
    "share: folder, files, SMB share\ncredential: hash, ticket\npivot: hop",
)


@pytest.fixture
def run(capsys, monkeypatch):
    for name in ("PCLIP_LLM_BASE_URL", "PCLIP_LLM_MODEL", "PCLIP_LLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        code = cli.main(["missions", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run


def respond(request: Request) -> str:
    return ANSWERS[not request.prompt.startswith("List")]


def test_new_asks_an_endpoint_and_replays(run, tmp_path, monkeypatch):
    sizes = ("--key-concepts", 3, "--expansions", 1)
    monkeypatch.setenv("PCLIP_LLM_API_KEY", "a-secret-of-some-length")
    with MadeEndpoint(respond) as endpoint:
        flags = ("--base-url", endpoint.url, "--model", "wanted")
        code, out, err = run("new", EVENT, "--out", tmp_path / "smb.json", *sizes, *flags)
    assert (code, err) == (0, [])
    assert "3 + 5 concepts in 2 levels, 5 edges" in out[0]
    assert "2 answers of made-up-model, 0 of them to repairs" in out
    assert "14 tokens asked, 6 answered" in out
    assert "left out 2, not a single word: admin share, SMB share" in out
    mission = load_mission(tmp_path / "smb.json")
    assert mission.levels[0] == ("share", "credential", "pivot")
    assert (mission.name, mission.event) == ("lateral_movement_over_smb", EVENT)
    record = tmp_path / "smb.answers.jsonl"
    assert b"a-secret" not in record.read_bytes() + (tmp_path / "smb.json").read_bytes()
    code, _, _ = run("new", EVENT, "--out", tmp_path / "again.json", *sizes, "--replay", record)
    assert code == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "smb.json").read_bytes()
    code, _, err = run("new", "another event", "--out", tmp_path / "x.json", "--replay", record)
    assert (code, len(err)) == (2, 1)
    assert "holds no answer" in err[0]
    assert not (tmp_path / "x.json").exists()


def test_where_things_go_if_nobody_says(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sizes = ("--key-concepts", 3, "--expansions", 1)
    with MadeEndpoint(respond) as endpoint:
        flags = ("--base-url", endpoint.url, "--model", "wanted")
        code, out, err = run("new", EVENT, *sizes, *flags)
        assert (code, err) == (0, [])
        written = Path("lateral_movement_over_smb.json")
        assert out[0].startswith(f"wrote {written}: mission")
        code, _, err = run("new", EVENT, *sizes, *flags)
        assert code == 2
        assert "is there already: add --overwrite" in err[0]
        assert run("new", EVENT, *sizes, *flags, "--overwrite")[0] == 0
    assert run("draw", written) == (0, ["wrote lateral_movement_over_smb.svg"], [])
    assert written.with_suffix(".svg").exists()


def test_new_warns_of_fewer_key_concepts_than_asked_for(run, tmp_path):
    sizes = ("--key-concepts", 4, "--expansions", 1)
    with MadeEndpoint(respond) as endpoint:
        flags = ("--base-url", endpoint.url, "--model", "wanted", "--out", tmp_path / "smb.json")
        code, _, err = run("new", EVENT, *sizes, *flags)
    assert (code, err) == (0, ["warning: asked for 4 key concepts, 3 could be used"])


def test_useless_answers_are_kept_and_asked_anew_on_demand(run, tmp_path):
    out = tmp_path / "smb.json"
    flags = ("--out", out, "--key-concepts", 3, "--expansions", 1, "--model", "wanted")
    with MadeEndpoint(lambda request: "1. !!") as endpoint:
        code, _, err = run("new", EVENT, *flags, "--base-url", endpoint.url)
    assert (code, len(err)) == (2, 1)
    assert f"{out.with_suffix('.answers.jsonl')} keeps the answers: --again asks anew" in err[0]
    assert not out.exists()
    with MadeEndpoint(respond) as endpoint:
        assert run("new", EVENT, *flags, "--base-url", endpoint.url)[0] == 2
        assert endpoint.requests == []
        assert run("new", EVENT, *flags, "--base-url", endpoint.url, "--again")[0] == 0
    assert load_mission(out).levels[0] == ("share", "credential", "pivot")


def test_the_bound_on_an_answer_can_be_raised(run, tmp_path):
    sizes = ("--key-concepts", 3, "--expansions", 1, "--out", tmp_path / "smb.json")
    with MadeEndpoint(respond) as endpoint:
        flags = ("--base-url", endpoint.url, "--model", "wanted", "--answer-tokens", 8192)
        assert run("new", EVENT, *sizes, *flags)[0] == 0
    assert {request.body["max_tokens"] for request in endpoint.requests} == {8192}


@pytest.mark.parametrize(
    ("flags", "rest"), [((), ": the same command asks for the rest alone"), (("--again",), "")]
)
def test_what_was_answered_before_ctrl_c_is_named(run, tmp_path, monkeypatch, flags, rest):
    def interrupted(model, event, **_):
        model.answers([prompt(event)])
        raise KeyboardInterrupt

    monkeypatch.setattr("pclip.missions.generate_mission", interrupted)
    monkeypatch.setattr("pclip.cli.commands.leave", lambda message: None)
    out = tmp_path / "smb.json"
    with MadeEndpoint(respond) as endpoint:
        flags = ("--base-url", endpoint.url, "--model", "wanted", *flags)
        code, _, err = run("new", EVENT, "--out", out, *flags)
    answers = out.with_suffix(".answers.jsonl")
    assert (code, err) == (130, [f"warning: {answers} keeps what was answered{rest}"])
    assert answers.exists()


@pytest.mark.parametrize(
    ("flag", "value"), [("--temperature", 0), ("--answer-tokens", 0), ("--model", "wanted")]
)
def test_flags_that_a_replay_would_ignore_are_refused(run, flag, value):
    code, _, err = run("new", EVENT, "--replay", "answers.jsonl", flag, value)
    assert code == 2
    assert err == [f"error: {flag} would do nothing: --replay asks no endpoint"]


def test_check_measures_and_prunes(run, tmp_path):
    pruned = tmp_path / "pruned.json"
    code, out, err = run("check", GRAPH, "--quality", "--prune", "--out", pruned)
    assert (code, err) == (0, [])
    assert "mission dos (DoS) is valid" in out[0]
    assert sum(line.startswith("relevance ") for line in out) == 2
    assert any(line.startswith("dropped ") for line in out)
    assert out[-1] == f"wrote {pruned}"
    before, after = (float(line.split()[1]) for line in out if line.startswith("relevance   "))
    assert after > before
    assert set(load_mission(pruned).concepts) < set(load_mission(GRAPH).concepts)


def test_check_warns_of_a_poor_graph(run, tmp_path):
    words = ["banjo", "crayon", "igloo", "kiwi", "zucchini", "bagpipe", "dahlia", "quiche", "yarn"]
    poor = {
        "schema": 1,
        "name": "poor",
        "title": "Poor",
        "event": "Denial of Service attack",
        "levels": [words],
        "edges": [],
        "provenance": {"written_by": "a test", "prompts": ["none"]},
    }
    (tmp_path / "poor.json").write_text(json.dumps(poor))
    code, out, err = run(
        "check", tmp_path / "poor.json", "--quality", "--prune", "--against", GRAPH
    )
    assert code == 0
    assert out[-1] == "nothing was written: --out FILE keeps the pruned graph"
    assert any("banjo" in line for line in out)
    assert any(line.startswith("warning: mission poor: relevance") for line in err)
    # The poor graph has the event of the one it is held against.
    assert any(line.startswith("warning: discrimination was not measured: ") for line in err)


def test_draw_with_scores(run, tmp_path):
    figure = tmp_path / "dos.svg"
    assert run("draw", GRAPH, "--out", figure, "--scores") == (0, [f"wrote {figure}"], [])
    plain = tmp_path / "plain.svg"
    run("draw", GRAPH, "--out", plain)
    # Text drawn as outlines leaves the words as comments.
    assert "<!-- flooding -->" in plain.read_text()
    assert "<!-- flooding  " in figure.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new", EVENT, "--out", "x.json"], "no language model to ask"),
        (["new", EVENT, "--out", "x.json", "--record", "a", "--replay", "b"], "give one of them"),
        (["new", EVENT, "--out", "x.json", "--replay", "nowhere.jsonl"], "nowhere.jsonl"),
        (["new", "a {b}", "--out", "x.json", "--replay", "nowhere.jsonl"], "nowhere.jsonl"),
        (["new", EVENT, "--out", "x.json", "--key-concepts", "400"], "at most 8 levels"),
        (
            ["new", EVENT, "--replay", "a", "--again", "--model", "m"],
            "--model and --again would do",
        ),
        (["new", EVENT, "--text-encoder", "minilm"], "without --attach no text is encoded"),
        (["new", EVENT, "--out", "a", "--record", "a"], "is the file of the record"),
        (["new", EVENT, "--out", "."], "is a folder: expected the name of a file"),
        (["new", EVENT, "--name", "../evil", "--replay", "nowhere.jsonl"], "nowhere.jsonl"),
        (["draw", GRAPH, "--out", GRAPH], "is the file of the graph"),
        (["check", GRAPH, "--prune", "--out", GRAPH], "is there already: add --overwrite"),
        (["draw", GRAPH, "--text-encoder", "minilm"], "without --scores no text is encoded"),
        (["check", GRAPH, "--against", GRAPH], "with --quality or --prune"),
        (["check", GRAPH, "--out", "x.json"], "add --prune"),
        (["check", GRAPH, "--quality", "--against", "nowhere.json"], "no such file"),
    ],
)
def test_mistakes(words, said, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*words)
    assert (code, len(err)) == (2, 1)
    assert said in err[0]
    assert not list(tmp_path.glob("*.json"))
