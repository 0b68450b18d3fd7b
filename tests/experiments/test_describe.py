"""`python -m experiments.describe`, as a user runs it: replayed, and against an endpoint."""

from __future__ import annotations

import json

from pclip.text import load_bank, shipped_record
from tests.made_endpoint import MODEL, MadeEndpoint

SECRET = "sk-0123456789abcdef-describe"
LIST = """Sure! Here are your paraphrases:
1. For <DURATION_S> seconds this flow over <PROTOCOL> goes on, with <PACKETS> packets in total.
2. This <PROTOCOL> flow lasts 12 seconds and carries <PACKETS> packets.
3. This <PROTOCOL> flow lasts <PACKETS> seconds and carries <DURATION_S> packets.
"""


def test_replayed_it_makes_the_shipped_bank_and_the_figures(experiments, tmp_path):
    workdir = tmp_path / "run"
    done = experiments.run(experiments.command("describe", workdir))
    assert done.code == 0, done.err
    assert done.err == ""
    assert load_bank(workdir / "paraphrases.json") == load_bank()
    found = json.loads((workdir / "description.json").read_text())
    diverse = {row["style"]: row for row in found["captions"]}
    for policy in ("paper", "label_free"):
        plain, phrased = (diverse[f"{policy}: {what}"] for what in ("templates", "paraphrases"))
        for measure in ("distinct_share", "distinct_1", "distinct_2", "entropy_1", "entropy_2"):
            assert 0 < plain[measure] < phrased[measure]
    assert "Related concepts:" in diverse["paper: paraphrases, concepts"]["example"]
    assert [mission["title"] for mission in found["words"]] == [
        "DoS", "Reconnaissance", "Brute Force",
    ]  # fmt: skip
    assert all(len(mission["counts"]) > 10 for mission in found["words"])
    assert {path.name for path in (workdir / "figures").iterdir()} == {"words.png", "words.svg"}
    page = (workdir / "description.md").read_text()
    assert "    Paraphrase this sentence about network traffic" in page
    assert not list(workdir.rglob(".part-*"))

    # The same again gives the same bytes.
    before = {path: path.read_bytes() for path in workdir.rglob("*.*") if path.is_file()}
    assert experiments.run(experiments.command("describe", workdir)).code == 0
    assert {path: path.read_bytes() for path in before} == before


def test_an_endpoint_is_asked_recorded_and_checked(experiments, tmp_path):
    workdir, key_file = tmp_path / "run", tmp_path / "key"
    key_file.write_text(SECRET)
    with MadeEndpoint(lambda _: LIST) as endpoint:
        words = experiments.command(
            "describe", workdir, "--config.llm.live=True", f"--config.llm.base_url={endpoint.url}",
            "--config.llm.model=wanted", f"--config.llm.key_file={key_file}",
        )  # fmt: skip
        done = experiments.run(words)
        assert done.code == 0, done.err
        assert len(endpoint.requests) == len(load_bank().templates)
    bank = load_bank(workdir / "paraphrases.json")
    assert bank.models == (MODEL,)
    assert bank.accepted() == 1
    assert bank.templates[0].rejected == {"chatter": 1, "slots": 1, "units": 1}
    for path in workdir.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    assert SECRET not in done.out + done.err

    # What the record holds is not asked again, with or without the endpoint.
    replayed = experiments.run(
        experiments.command(
            "describe", tmp_path / "again", f"--config.llm.record={workdir / 'llm.jsonl'}"
        )
    )
    assert replayed.code == 0, replayed.err
    assert load_bank(tmp_path / "again" / "paraphrases.json") == bank


def test_a_model_that_never_does_it_right_is_refused_in_one_line(experiments, tmp_path):
    with MadeEndpoint(lambda _: "I cannot help with that.") as endpoint:
        done = experiments.run(
            experiments.command(
                "describe",
                tmp_path / "run",
                "--config.llm.live=True",
                f"--config.llm.base_url={endpoint.url}",
                "--config.llm.model=wanted",
            )
        )
    assert done.code == 2
    assert "no paraphrase passed the checks: chatter" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_record_of_something_else_is_refused_in_one_line(experiments, tmp_path):
    record = tmp_path / "record.jsonl"
    record.write_bytes(shipped_record().read_bytes().splitlines(keepends=True)[0])
    done = experiments.run(
        experiments.command("describe", tmp_path / "run", f"--config.llm.record={record}")
    )
    assert done.code == 2
    assert "holds no answer to" in done.err
    assert len(done.err.strip().splitlines()) == 1
