"""ACI-IoT-2023 from the user's folder to results, by the commands of docs/aci-iot-2023.md."""

from __future__ import annotations

import json
import sys

import pytest

from experiments.aci_miniature import FLOW_CSV, main, write_miniature
from pclip.errors import PclipError

BRIEF = (
    "--config.dataset=aci_iot",
    "--config.seeds.round=0",
    "--config.seeds.random=1",
    "--config.alignment.heads=('both',)",
    "--config.reasoning=('lightgbm',)",
    "--config.controls=('majority',)",
    "--config.scarcity.fractions=()",
)


def prepare_words(*words, config="configs/aci_iot.py"):
    return [sys.executable, "-m", "experiments.prepare", f"--config={config}", *words]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    manual = tmp_path_factory.mktemp("aci") / "manual"
    write_miniature(manual)
    return manual


def test_from_manual_dir_to_results(experiments, folder, tmp_path):
    data = tmp_path / "data"
    words = prepare_words(f"--config.manual_dir={folder}", f"--config.data_dir={data}")
    done = experiments.run(words)
    assert (done.code, done.err) == (0, ""), done.err
    assert "is prepared" in done.out
    assert "flow CSV's clock: +14400 s (estimated)" in done.out
    assert f"export PCLIP_DATA_DIR={data}" in done.out
    again = experiments.run(words)
    assert (again.code, again.err) == (0, "")
    assert "was there already" in again.out

    environment = experiments.environment
    environment["PCLIP_DATA_DIR"] = str(data)
    run = experiments.run(experiments.command("reproduce", tmp_path / "run", *BRIEF))
    del environment["PCLIP_DATA_DIR"]
    assert run.code == 0, run.err
    results = json.loads((tmp_path / "run" / "results.json").read_text())

    assert set(results["splits"]) == {"random"}
    assert results["splits"]["random"]["packets"]["train"] > 100
    assert "aci_iot" in json.dumps(results)


def test_the_smoke_variant_makes_its_own_folder(experiments, tmp_path):
    words = prepare_words(f"--workdir={tmp_path}", config="configs/aci_iot.py:smoke")
    for mode in ("payload", "flows"):
        done = experiments.run([*words, f"--config.mode={mode}", "--config.classes=all"])
        assert (done.code, done.err) == (0, ""), done.err
        assert "Ping Sweep" in done.out
        assert (tmp_path / "data" / "aci_iot_2023" / f"{mode}_all" / "1.0.0").is_dir()
    assert "constant columns: " in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "config.manual_dir is not set"),
        (("--config.manual_dir=nowhere",), "manual_dir nowhere is no folder"),
        (("--config.manual_dir=x", "--config.mode=pcap"), "mode is 'pcap': expected one of"),
    ],
)
def test_mistakes_are_one_line(experiments, tmp_path, words, said):
    done = experiments.run(prepare_words(*words, f"--config.data_dir={tmp_path}"))
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_short_row_is_one_line(experiments, folder, tmp_path):
    manual = tmp_path / "manual"
    manual.mkdir()
    lines = (folder / FLOW_CSV).read_text().splitlines()
    (manual / FLOW_CSV).write_text("\n".join([*lines[:9], lines[9][:-30]]) + "\n")
    done = experiments.run(
        prepare_words(
            f"--config.manual_dir={manual}", f"--config.data_dir={tmp_path}", "--config.mode=flows"
        )
    )
    assert done.code == 2
    assert f"{manual / FLOW_CSV}, line 10: " in done.err
    assert done.err.count("\n") == 1


def test_what_is_not_prepared_says_the_command(experiments, tmp_path):
    environment = experiments.environment
    environment["PCLIP_DATA_DIR"] = str(tmp_path)
    done = experiments.run(experiments.command("reproduce", tmp_path / "run", *BRIEF))
    del environment["PCLIP_DATA_DIR"]
    assert done.code == 2
    assert "python -m experiments.prepare --config=configs/aci_iot.py" in done.err
    assert done.err.count("\n") == 1


def test_the_miniature_has_a_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["aci_miniature", f"--out={tmp_path / 'm'}"])
    main()
    assert "the flow CSV's clock is -14400 s" in capsys.readouterr().out
    assert len(list((tmp_path / "m").rglob("*.pcap"))) == 3
    (tmp_path / "file").touch()
    for taken in ("m", "file"):
        with pytest.raises(PclipError, match=f"{taken} is there already"):
            write_miniature(tmp_path / taken)
