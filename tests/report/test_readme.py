"""The README's scores are those of the committed runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.results import REDUCED
from pclip.errors import PclipError
from pclip.report.readme import BEGIN, END, readme_scores, write_readme
from pclip.report.run_files import Run, read_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def runs() -> tuple[Run, list[Run]]:
    results = ROOT / "results"
    return read_run(results / "paper"), [read_run(results / name) for name in REDUCED]


def test_readme_has_the_scores_of_the_committed_runs(
    runs: tuple[Run, list[Run]], tmp_path: Path
) -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    copy = tmp_path / "README.md"
    copy.write_text(page, encoding="utf-8")
    write_readme(copy, *runs)
    assert copy.read_text(encoding="utf-8") == page


def test_a_score_is_the_run_s_with_its_spread(runs: tuple[Run, list[Run]]) -> None:
    full, reduced = runs
    text = readme_scores(full, reduced)
    score = full.results.splits["round"].reasoning["gnn"].metrics["mauc"]
    assert f"mission graphs + temporal Transformer | {score} |" in text
    for split in ("round", "tool", "recording", "flow", "random"):
        assert f"| {split} | " in text


def test_what_was_not_measured_has_no_row(runs: tuple[Run, list[Run]]) -> None:
    full, _ = runs
    split = replace(full.results.splits["round"], controls={})
    bare = replace(full, results=replace(full.results, splits={"round": split}))
    text = readme_scores(bare, [bare])
    assert "control" not in text
    assert "logistic regression" not in text


def test_runs_of_several_encoders_say_which(runs: tuple[Run, list[Run]]) -> None:
    full, reduced = runs
    assert "| packet encoder |" not in readme_scores(full, reduced)
    encoders = {"packet": {"note": "of another day"}}
    other = replace(reduced[0], results=replace(reduced[0].results, encoders=encoders))
    text = readme_scores(full, [other, *reduced[1:]])
    assert "| packet encoder |" in text
    assert "| of another day |" in text


def test_a_run_without_round_is_refused(runs: tuple[Run, list[Run]]) -> None:
    full, reduced = runs
    other = replace(full, results=replace(full.results, splits={}))
    with pytest.raises(PclipError, match="expected round"):
        readme_scores(other, reduced)


@pytest.mark.parametrize(
    "page", ["no marks", BEGIN, END + BEGIN, f"{BEGIN}{END}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_page_without_both_marks_is_left_as_it_is(
    page: str, runs: tuple[Run, list[Run]], tmp_path: Path
) -> None:
    file = tmp_path / "README.md"
    file.write_text(page)
    with pytest.raises(PclipError, match="each once"):
        write_readme(file, *runs)
    assert file.read_text() == page
