"""What other people wrote: CSVs, JSON documents and weights, each file read by its door."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from pclip.data import FlowCsvLayout, read_flow_csv, read_label_rules
from pclip.data.aci_iot.csv_batches import csv_batches
from pclip.data.aci_iot.facts import ALL_CLASSES, FLOW_COLUMNS, PAYLOAD_COLUMNS
from pclip.data.aci_iot.flow_rows import flow_examples, flow_rows
from pclip.data.aci_iot.frames import frame_examples
from pclip.data.aci_iot.labelling import read_labelled_flows
from pclip.data.aci_iot.manual_files import find_manual_files
from pclip.data.aci_iot.options import FLOWS, PAYLOAD, AciOptions
from pclip.data.aci_iot.payload_rows import payload_frames
from pclip.data.folder_groups import GROUP_FILE, groups_of_names
from pclip.errors import PclipError
from pclip.missions import load_mission
from pclip.models.bert_config import read_bert_config
from pclip.models.bert_weights import BERT, required_tensors
from pclip.models.cost import encoder_parameters
from pclip.models.encoder_card import parse_card, read_card
from pclip.models.encoder_config import EncoderConfig
from pclip.models.layout import check_tensors
from pclip.models.safetensors_file import read_safetensors
from pclip.models.tokenizer_files import load_tokenizer
from pclip.models.torch_file import read_torch_file
from pclip.models.torch_pickle import load_pickle
from pclip.models.torch_storage import TensorView, storage_bytes, tensor_array
from pclip.models.uer_weights import UER, uer_config
from pclip.models.weight_files import SINGLE_FILES, weight_files
from pclip.models.words import read_words
from pclip.packets.headers import decode_headers
from pclip.report import read_run
from pclip.serving.artefact import MANIFEST_FILE, read_manifest
from tests.fuzz import seed_files, seed_texts, seed_weights
from tests.fuzz.parser import Parser
from tests.fuzz.seed_files import CSV_WORDS
from tests.fuzz.seed_texts import JSON_WORDS


@dataclass
class ReaderParser(Parser):
    """One file, written and read.

    Attributes:
        file: its name.
        read: reads the file at a path and checks what it gave.
    """

    file: str = "case"
    read: Callable[[Path], object] = Path.read_bytes

    def run(self, cases: Sequence[bytes], folder: Path) -> None:
        path = folder / self.file
        for case in cases:
            self._write(path, case)
            try:
                self.read(path)
            except PclipError as error:
                self._refuse(path, error)


def lines(path: Path) -> int:
    """Most rows that a CSV can have."""
    content = path.read_bytes()
    return content.count(b"\n") + content.count(b"\r") + 1


def flow_csv(path: Path) -> None:
    flows = read_flow_csv(path, FlowCsvLayout())
    assert len(flows.start_ns) <= lines(path), "more flows than lines"
    assert sum(flows.counts().values()) == len(flows.start_ns)


def labels_csv(path: Path) -> None:
    rules = read_label_rules(path)
    assert len(rules) <= lines(path), "more rules than lines"
    for rule in rules:
        assert len(rule.attacker) == 16


def aci_flow_csv(path: Path) -> None:
    """As numbers, and as labels of packets."""
    options = AciOptions(mode=FLOWS, classes="all")
    total = 0
    for batch in csv_batches([path], FLOW_COLUMNS, exact=True, duplicates=True):
        found, findings = flow_rows(batch, options)
        total += len(batch.rows)
        assert np.isfinite(found.measures).all(), "a measure that is no number"
        assert (found.label < len(ALL_CLASSES)).all()
        assert findings.counts["flow CSV/rows"] == len(batch.rows)
        assert len(list(flow_examples(found, options))) == len(found.rows)
    assert total <= lines(path), "more rows than lines"
    flows, _ = read_labelled_flows([path])
    assert len(flows.start_ns) <= lines(path), "more flows than lines"
    find_manual_files(path.parent, FLOWS)


def aci_payload_csv(path: Path) -> None:
    """As frames that are decoded."""
    options = AciOptions(mode=PAYLOAD, classes="all")
    for batch in csv_batches([path], PAYLOAD_COLUMNS, exact=False):
        frames, _ = payload_frames(batch, options)
        assert len(list(frame_examples(frames, options))) == len(batch.rows) <= lines(path)
        assert (frames.captured_length <= frames.length).all(), "more bytes than were on the wire"
        assert frames.captured_length.sum() == len(frames.buffer)
        columns = decode_headers(
            frames.buffer, frames.offset, frames.captured_length, frames.link_type
        )
        assert (columns["skip_reason"] == 0).all(), "a frame that is not decoded"
    find_manual_files(path.parent, PAYLOAD)


def groups_csv(path: Path) -> None:
    names = ["HTTP Flood", "Odd, Scan", "Normal", "b"]
    assert list(groups_of_names(names, path.parent)) == names


def manifest(path: Path) -> None:
    read_manifest(path.parent)


def bert_config(path: Path) -> None:
    config = read_bert_config(path)
    assert math.isfinite(float(config.layer_norm_eps))
    required_tensors(config)


def encoder_card(path: Path) -> None:
    """Sizes that are admitted are small enough to be multiplied and made."""
    card = read_card(path.parent)
    assert parse_card(card.to_json().encode(), path.name) == card
    assert encoder_parameters(card.config).total < 2**40


def words(path: Path) -> None:
    found = read_words(path, len(seed_texts.BIGRAM_WORDS))
    assert len(set(found)) == len(found) == len(seed_texts.BIGRAM_WORDS)
    assert found[:5] == seed_texts.BIGRAM_WORDS[:5]


def bert_weights(config: EncoderConfig) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        found, _ = check_tensors(read_safetensors(path), required_tensors(config), BERT, str(path))
        for key, shape in required_tensors(config).items():
            assert found[key].shape == shape
            assert np.isfinite(found[key]).all()

    return read


def uer_weights(path: Path) -> None:
    tensors = read_safetensors(path)
    config = uer_config(tensors, str(path), heads=2)
    required = required_tensors(config)
    found, _ = check_tensors(tensors, required, UER, str(path))
    assert sum(tensor.nbytes for tensor in found.values()) <= 4 * path.stat().st_size


def torch_weights(path: Path) -> None:
    tensors = read_torch_file(path)
    total = sum(tensor.nbytes for tensor in tensors.values())
    assert total <= 4 * path.stat().st_size, "more numbers than bytes"
    for tensor in tensors.values():
        assert tensor.copy().shape == tensor.shape


def torch_archive(path: Path) -> None:
    """Behind the checksums, which few damaged files would pass."""
    with patch("zipfile.ZipExtFile._update_crc", lambda file, data: None):
        torch_weights(path)


def torch_pickle(path: Path) -> None:
    """With storages of the sizes that it asks for, where they are small."""
    value, storages, used = load_pickle(path.read_bytes(), str(path))
    assert used <= path.stat().st_size
    numbers = {
        key: np.zeros(storage.numel, np.uint8)
        for key, storage in storages.items()
        if storage_bytes(storage) <= path.stat().st_size
    }
    for key, view in value.items() if isinstance(value, dict) else ():
        if isinstance(view, TensorView) and view.storage.key in numbers:
            tensor_array(str(key), view, numbers[view.storage.key], str(path)).copy()


def shard_index(path: Path) -> None:
    files, shards = weight_files(path.parent)
    assert shards is not None
    assert {file.parent for file in files} == {path.parent}, "a shard outside the folder"


def tokenizer(path: Path) -> None:
    """Its names are those of files beside it, which transformers writes."""
    config = EncoderConfig(vocab_size=len(seed_texts.WORDS), width=4, layers=1, heads=1, ff=4)
    (path.parent / "config.json").write_text('{"model_type": "bert"}')
    try:
        found = load_tokenizer(path.parent, config)
    except PclipError as error:
        raise PclipError(f"{path.name}: {error}") from error
    assert all(0 <= number < config.vocab_size for number in found.get_vocab().values())


def run_folder(path: Path) -> None:
    """A report's door: whatever file of a run it is, the others are there."""
    beside = path.parent / "results.json"
    if not beside.exists():
        beside.write_text(json.dumps(seed_texts.RESULTS))
    read_run(path.parent)


def reader_parsers() -> list[Parser]:
    """All of them, each new."""
    config = seed_texts.bert_config()
    found = [
        ("flow-csv", "flows.csv", flow_csv, seed_files.flow_csv_seeds(), CSV_WORDS),
        ("labels-csv", "labels.csv", labels_csv, seed_files.label_seeds(), CSV_WORDS),
        ("aci-flow-csv", "flows.csv", aci_flow_csv, seed_texts.aci_flow_seeds(), CSV_WORDS),
        ("aci-payload-csv", "p.csv", aci_payload_csv, seed_texts.aci_payload_seeds(), CSV_WORDS),
        ("groups-csv", GROUP_FILE, groups_csv, seed_texts.group_seeds(), CSV_WORDS),
        ("mission", "mission.json", load_mission, seed_texts.mission_seeds(), JSON_WORDS),
        ("manifest", MANIFEST_FILE, manifest, seed_texts.manifest_seeds(), JSON_WORDS),
        ("bert-config", "config.json", bert_config, seed_texts.bert_config_seeds(), JSON_WORDS),
        ("encoder-card", "config.json", encoder_card, seed_texts.card_seeds(), JSON_WORDS),
        ("words", "vocab.txt", words, seed_texts.words_seeds(), seed_texts.WORDS_WORDS),
        ("bert-weights", "x.safetensors", bert_weights(config),
         seed_weights.bert_weights_seeds(config), JSON_WORDS),
        ("uer-weights", "x.safetensors", uer_weights, seed_weights.uer_weights_seeds(), JSON_WORDS),
        ("torch-zip", "x.bin", torch_archive, seed_weights.torch_seeds(legacy=False), ()),
        ("torch-legacy", "x.bin", torch_weights, seed_weights.torch_seeds(legacy=True), ()),
        ("torch-pickle", "x.pkl", torch_pickle, seed_weights.torch_pickle_seeds(),
         seed_weights.PICKLE_WORDS),
        ("shard-index", f"{SINGLE_FILES[0]}.index.json", shard_index,
         seed_weights.index_seeds([*required_tensors(config)]), JSON_WORDS),
        ("tokenizer", "tokenizer.json", tokenizer, seed_texts.tokenizer_seeds(), JSON_WORDS),
        ("results", "results.json", run_folder, seed_texts.as_json(seed_texts.RESULTS), JSON_WORDS),
        ("plots", "plots.json", run_folder, seed_texts.as_json(seed_texts.PLOTS), JSON_WORDS),
        ("timing", "timing.json", run_folder, seed_texts.as_json(seed_texts.TIMING), JSON_WORDS),
        ("metrics", "metrics.jsonl", run_folder, seed_texts.metrics_seeds(), JSON_WORDS),
    ]  # fmt: skip
    return [ReaderParser(n, seeds, words, file=f, read=r) for n, f, r, seeds, words in found]
