"""What the repository says about itself is true: commands, versions, licences, paths."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ml_collections import ConfigDict
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import pclip

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TESTED_EXTRAS = ("dev", "baselines")
CONFIGS = sorted(
    path.stem for path in (ROOT / "configs").glob("*.py") if path.name != "__init__.py"
)
HOME = re.compile(rb"/(?:home|Users|root)/[\w.-]+|[A-Z]:\\Users\\\w")
CONFIG_COST = re.compile(r"\b(?:seconds?|minutes?|hours?|quarter of an hour)\b")


def requirements(*extras: str) -> list[Requirement]:
    lines = [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return [Requirement(line) for line in PROJECT["dependencies"] + lines]


def config(name: str) -> ModuleType:
    path = ROOT / "configs" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"configs.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _configs_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


# Configs.


def test_there_are_configs() -> None:
    assert "reproduce" in CONFIGS


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_begins_with_its_true_command(name: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / "configs" / f"{name}.py").read_text())) or ""
    command = re.search(rf"python -m experiments\.(\w+) --config=configs/{name}\.py\b", docstring)
    assert command, f"configs/{name}.py: no command with --config=configs/{name}.py"
    script = ROOT / "experiments" / f"{command[1]}.py"
    assert script.exists(), f"configs/{name}.py names {script.name}, which does not exist"
    assert CONFIG_COST.search(docstring), f"configs/{name}.py does not say how long it takes"


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("variant", ["", "smoke"])
def test_a_config_is_locked(name: str, variant: str) -> None:
    values = config(name).get_config(variant)
    assert isinstance(values, ConfigDict)
    assert values.is_locked
    with pytest.raises((AttributeError, KeyError)):
        values.no_such_field = 1


@pytest.mark.parametrize("name", CONFIGS)
def test_the_default_variant_is_the_empty_one(name: str) -> None:
    module = config(name)
    assert module.get_config().to_dict() == module.get_config("").to_dict()
    assert module.get_config().to_dict() != module.get_config("smoke").to_dict()


@pytest.mark.parametrize("name", CONFIGS)
def test_an_unknown_variant_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="no_such_variant"):
        config(name).get_config("no_such_variant")


# Versions.


def test_one_version_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## (\S+)$", (ROOT / "HISTORY.md").read_text(), re.MULTILINE)
    assert newest
    assert {pclip.__version__, str(citation["version"]), newest[1]} == {PROJECT["version"]}


def test_the_citation_names_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["license"] == PROJECT["license"]
    paper = citation["preferred-citation"]
    assert paper["doi"] == "10.3389/frai.2025.1593944"
    assert [author["family-names"] for author in paper["authors"]] == (
        ["Masukawa", "Yun", "Jeong", "Huang", "Ni", "Bryant", "Bastian", "Imani"]
    )


def test_the_licence_is_the_whole_text() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text


# Dependencies.


def test_the_lock_holds_every_direct_dependency_at_an_admitted_version() -> None:
    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)  # no paths, no builds
    lock = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}
    assert len(lock) == len(lines)
    wrong = [
        str(requirement)
        for requirement in requirements(*TESTED_EXTRAS)
        if (version := lock.get(canonicalize_name(requirement.name))) is None
        or version not in requirement.specifier
    ]
    assert not wrong


def test_third_party_lists_every_dependency_and_no_other() -> None:
    page = (ROOT / "third_party" / "README.md").read_text()
    section = page.split("\n## Packages\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    listed = {canonicalize_name(row[0].strip()): row for row in rows[2:]}
    assert set(listed) == {canonicalize_name(r.name) for r in requirements("baselines")}
    assert all(cell.strip() for row in listed.values() for cell in row)


# The two commands.


def test_the_makefile_calls_experiments_that_exist() -> None:
    called = re.findall(r"-m (experiments\.\w+)", (ROOT / "Makefile").read_text())
    assert called
    missing = [name for name in called if not (ROOT / f"{name.replace('.', '/')}.py").exists()]
    assert not missing


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


# Paths.


def own_files(*, new: bool = True) -> list[Path]:
    """What git tracks or, if `new`, would; outside a clone, the files of the source folders."""
    if (ROOT / ".git").exists():
        others = ["--others", "--exclude-standard"] if new else []
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", *others],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        paths = [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    else:
        folders = ("pclip", "experiments", "configs", "tests", "docs")
        paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    return [path for path in paths if path.is_file()]


def test_no_path_of_somebodys_machine() -> None:
    here = os.fsencode(ROOT)
    found = [
        f"{path.relative_to(ROOT)}: {hit!r}"
        for path in own_files()
        for content in [path.read_bytes()]
        for hit in [HOME.search(content) or (here in content and here)]
        if hit
    ]
    assert not found, "\n".join(found)


# Written in two parts, so that this file is not found itself.
@pytest.mark.parametrize(
    ("folder", "rest"),
    [(b"/home", b"/ada/run"), (b"'/Users", b"/ada'"), (b"in /root", b"/x"), (b"C:\\Users", b"\\a")],
)
def test_such_a_path_would_be_found(folder: bytes, rest: bytes) -> None:
    assert HOME.search(folder + rest)


@pytest.mark.parametrize("text", [b"/homes/x", b"at home/x", b"/root", b"ROOT / x", b"C:\\x"])
def test_other_paths_are_not(text: bytes) -> None:
    assert not HOME.search(text)


def test_links_of_pages_lead_to_files_that_ship() -> None:
    shipped = set(own_files(new=False))
    folders = {folder for file in shipped for folder in file.parents}
    pages = sorted(
        page for page in shipped if page.suffix == ".md" and ROOT / "docs" in page.parents
    )
    assert pages
    for page in [ROOT / "README.md", ROOT / "RESULTS.md", *pages]:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if re.match(r"[a-z]+:", link):
                continue
            target = (page.parent / link).resolve()
            # Outside a clone the files at the top are not listed.
            at_top = target.parent == ROOT and target.exists()
            assert target in shipped | folders or at_top, f"{page.name}: {link}"
