"""docs/llm.md shows a record's line, names bounds and variables: all of them as they are."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pclip.llm import Bounds, Client, Patience, Prices, connect, prompt, replay
from pclip.llm.exchange import read_exchange
from tests.made_endpoint import MadeEndpoint

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "llm.md").read_text()


def test_the_line_of_the_page_is_one() -> None:
    (line,) = re.findall(r"```json\n(.*)\n```", PAGE)
    exchange = read_exchange(line.encode(), "docs/llm.md")
    assert exchange.answer.text == "A"


def test_the_bounds_of_the_page_are_the_defaults() -> None:
    rows = re.findall(r"^\| `(?:Patience|Bounds)\.(.*?) \| (.*?) \|", PAGE, re.MULTILINE)
    said = {
        name: float(number.removesuffix(" s").replace(",", ""))
        for names, numbers in rows
        for name, number in zip(re.findall(r"\w+", names), numbers.split(", "), strict=True)
    }
    bounds = (Patience(), Bounds())
    assert said == {f.name: getattr(one, f.name) for one in bounds for f in fields(one)}


def test_the_code_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with MadeEndpoint(lambda request: "pivot") as endpoint:
        monkeypatch.setenv("PCLIP_LLM_BASE_URL", endpoint.url)
        monkeypatch.setenv("PCLIP_LLM_MODEL", "m")
        exec(code, names)
    assert "pivot" in capsys.readouterr().out
    assert {names[name] for name in ("connect", "replay", "prompt", "Prices")} == {
        *(connect, replay, prompt, Prices)
    }
    assert isinstance(names["model"], Client)
