"""Models of the Hugging Face hub, without a network."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

import pclip
from pclip.errors import PclipError
from pclip.models.hub import fetch, is_hub_name

COMMIT = "e2da8e2f811d1448a5b465c236feacd80ffbac7b"


@pytest.fixture
def asked(monkeypatch, tmp_path: Path) -> list[dict]:
    """What is asked of the hub, which has safetensors for `safe/model` alone."""
    calls: list[dict] = []

    def snapshot(repository: str, **options: object) -> str:
        calls.append({"repository": repository, **options})
        folder = tmp_path / repository.replace("/", "--") / "snapshots" / COMMIT
        folder.mkdir(parents=True, exist_ok=True)
        if repository == "safe/model":
            (folder / "model.safetensors").touch()
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    return calls


def test_only_the_files_that_are_needed_are_fetched(asked: list[dict]) -> None:
    found = fetch("safe/model@v1")
    assert (found.repository, found.revision) == ("safe/model", COMMIT)
    (call,) = asked
    assert call["revision"] == "v1"
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(call["allow_patterns"])
    assert not [name for name in call["allow_patterns"] if ".bin" in name or name.endswith(".py")]


def test_a_pickle_is_fetched_where_there_are_no_safetensors(asked: list[dict]) -> None:
    assert fetch("roberta-base").repository == "FacebookAI/roberta-base"
    first, second = asked
    assert "pytorch_model.bin" not in first["allow_patterns"]
    assert "pytorch_model.bin" in second["allow_patterns"]
    assert first["revision"] is second["revision"] is None


@pytest.mark.parametrize(
    "error",
    [
        LocalEntryNotFoundError("Got: ConnectError\nand more"),
        HFValidationError("Repo id must be"),
        OSError("No space left on device"),
        OSError(),
    ],
)
def test_what_cannot_be_fetched_ends_in_one_line(monkeypatch, error: Exception) -> None:
    def snapshot(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    with pytest.raises(PclipError, match="there is no folder runs/typo, and runs/typo") as caught:
        pclip.load("runs/typo")
    assert "\n" not in str(caught.value)
    assert "cannot be fetched from the Hugging Face hub" in str(caught.value)
    assert "loads without a network" in str(caught.value)


def test_names_of_the_hub() -> None:
    for name in ("roberta-base", "roberta-large@main", "BAAI/bge-small-en-v1.5", "a/b@0123abc"):
        assert is_hub_name(name), name
    for name in ("bert", "a/b/c", "./a", "../a/b", "~/a", "/a/b", "a/", "a/b@", "a b/c", "a/b\n"):
        assert not is_hub_name(name), name
    with pytest.raises(ValueError, match="'bert' is no name of the hub"):
        fetch("bert")
