"""description.json as a page: what it says, and what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pclip.errors import PclipError
from pclip.report import description_summary, write_description
from pclip.report.figures import draw_words, save
from pclip.report.plots import MissionGraph, MissionWords

MEASURES = ("distinct_share", "distinct_1", "distinct_2", "entropy_1", "entropy_2")
HOSTILE = "<script>alert(1)</script> [x](http://x) `|"


def content() -> dict[str, Any]:
    return {
        "dataset": "made up",
        "models": ["parrot"],
        "by_rule": {"slots": 3},
        "templates": [
            {
                "template": "It lasts <DURATION_S> seconds.",
                "prompt": "Say it anew:\n\n# <DURATION_S>",
                "accepted": 1,
                "rejected": {"slots": 3},
                "samples": ["For <DURATION_S> seconds it lasts."],
            }
        ],
        "captions": [
            {"style": "paper", "captions": 1234, "example": "A.", **dict.fromkeys(MEASURES, 0.5)}
        ],
        "missions": [
            {"title": "DoS", "levels": [["flood"], ["deluge"]], "edges": [["flood", "deluge"]]}
        ],
        "words": [{"title": "DoS", "counts": [["flood", 7], ["network", 3]]}],
    }  # fmt: skip


def write(folder: Path, value: object) -> Path:
    (folder / "description.json").write_text(json.dumps(value))
    return write_description(folder)


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    page = write(tmp_path, content()).read_text()
    assert "| It lasts &lt;DURATION_S&gt; seconds. | 1 | 4 |" in page
    assert "| accepted | 1 | 25.0 % |\n| slots | 3 | 75.0 % |" in page
    assert "| paper | 1,234 | 0.5000 | 0.5000 | 0.5000 | 0.50 | 0.50 |" in page
    assert "    Say it anew:\n\n    # <DURATION_S>" in page
    assert "- For &lt;DURATION_S&gt; seconds it lasts." in page
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"words.png", "words.svg"}
    again = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write(tmp_path, content())
    assert {path: path.read_bytes() for path in again} == again


def test_the_summary_has_no_room_for_templates() -> None:
    summary = description_summary(content())
    assert "It lasts" not in summary
    assert "75.0 %" in summary
    assert "1,234" in summary


def test_nothing_of_a_file_acts_as_markup(tmp_path: Path) -> None:
    value = content() | {"dataset": HOSTILE, "models": [HOSTILE]}
    value["templates"][0] |= {"template": HOSTILE, "prompt": HOSTILE, "samples": [HOSTILE]}
    value["captions"][0] |= {"style": HOSTILE, "example": HOSTILE}
    value["missions"][0]["title"] = value["words"][0]["title"] = HOSTILE
    value["words"][0]["counts"] = [[HOSTILE, 1]]
    page = write(tmp_path, value).read_text()
    lines = [line for line in page.splitlines() if not line.startswith("    ")]
    assert not [line for line in lines if "<" in line or re.search(r"(?<!\\)\]\(http", line)]


def test_an_empty_bank_and_no_words_are_a_page(tmp_path: Path) -> None:
    value = content() | {"templates": [], "by_rule": {}, "words": [], "captions": []}
    assert "accepted | 0 | -" in write(tmp_path, value).read_text()
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize(
    ("damage", "field"),
    [
        (lambda d: d.pop("models"), "models"),
        (lambda d: d["templates"][0].update(accepted=-1), r"templates\[0\].accepted"),
        (lambda d: d["captions"][0].update(entropy_1="much"), r"captions\[0\].entropy_1"),
        (lambda d: d["words"][0]["counts"].append(["flood"]), r"words\[0\].counts\[2\]"),
        (lambda d: d["by_rule"].update(slots="3"), "by_rule.slots"),
    ],
)
def test_a_damaged_field_is_named(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object], field: str
) -> None:
    value = content()
    damage(value)
    with pytest.raises(PclipError, match=rf"description\.json: {field}"):
        write(tmp_path, value)


# The figure.


def test_bars_are_the_most_frequent_words_and_clouds_weigh_edges(tmp_path: Path) -> None:
    graph = MissionGraph("DoS", (("flood", "queue"), ("deluge",)), (("flood", "deluge"),))
    words = MissionWords("DoS", tuple((f"word{i}", 20 - i) for i in range(12)))
    drawing = draw_words([graph], [words, MissionWords("Other", (("more", 1),))])
    cloud, nothing, bars, other = drawing.figure.axes
    assert len(cloud.images) == 1
    assert not nothing.images  # no graph, no cloud
    assert [text.get_text() for text in bars.get_yticklabels()] == [f"word{i}" for i in range(10)]
    assert [bar.get_width() for bar in bars.patches] == [20 - i for i in range(10)]
    assert len(other.patches) == 1
    save(drawing, tmp_path)


def test_a_cloud_of_words_that_nothing_can_be_made_of(tmp_path: Path) -> None:
    graph = MissionGraph("DoS", ((" ", ""),), ())
    drawing = draw_words([graph], [MissionWords("DoS", ())])
    assert not drawing.figure.axes[0].images
    long = MissionGraph("DoS", (("x" * 500, "\ud800"),), ())
    save(draw_words([long], [MissionWords("DoS", (("\ud800" * 50, 1),))]), tmp_path)
