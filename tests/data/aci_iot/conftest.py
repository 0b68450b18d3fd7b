"""The miniature ACI-IoT-2023, made and prepared once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.aci_miniature import write_miniature
from pclip.data.aci_iot import MODES, AciOptions, Prepared, prepare


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """`folder`, and what was written into it: `made`."""
    folder = tmp_path_factory.mktemp("aci") / "manual"
    return SimpleNamespace(folder=folder, made=write_miniature(folder))


@pytest.fixture(scope="session")
def data_dir(miniature: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three modes with the paper's classes, prepared."""
    folder = tmp_path_factory.mktemp("prepared")
    for mode in MODES:
        prepare(AciOptions(mode=mode), miniature.folder, folder)
    return folder


@pytest.fixture
def manual(miniature: SimpleNamespace, tmp_path: Path) -> Path:
    """A copy of the user's folder, to be spoilt."""
    return Path(shutil.copytree(miniature.folder, tmp_path / "manual"))


@pytest.fixture
def prepared(manual: Path, tmp_path: Path) -> Callable[..., Prepared]:
    """Prepares the copy with the options given."""

    def run(runner: str = "local", **options: object) -> Prepared:
        return prepare(AciOptions(**options), manual, tmp_path / "data", runner=runner)

    return run
