"""Well-formed CSVs, JSON documents and weights to damage, as other people's files hold them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from pclip.data.aci_iot.facts import FLOW_COLUMNS, PAYLOAD_COLUMNS
from pclip.models.bert_config import read_bert_config
from pclip.models.encoder_card import EncoderCard
from pclip.models.encoder_config import EncoderConfig
from tests.fuzz.mutate import Seed

JSON_WORDS = (
    *b'" { } [ ] , : null true -1 0.5 1e999 NaN -Infinity "" {} [] \\u0000 \\ud800 \xff'.split(
        b" "
    ),
    b"[" * 5000,
    b'{"a":' * 2000,
    b"9" * 400,
    b"9" * 5000,
)
"""Among them what is nested deeper than Python reads, and numbers that are no floats."""

BERT: dict[str, Any] = {
    "model_type": "roberta",
    "vocab_size": 7,
    "hidden_size": 4,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 4,
    "max_position_embeddings": 6,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "hidden_act": "gelu",
}
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "flood")
BIGRAM_WORDS = ("[PAD]", "[SEP]", "[CLS]", "[UNK]", "[MASK]", *"0123456789abcdef", "##00", "4500")
WORDS_WORDS = (b"\n", b"\r\n", b"[UNK]\n", b"##0", b"\xff", b"\x1b[2J")
SCORE = {"mean": 0.5, "std": 0.01, "n": 3}
RESULTS: dict[str, Any] = {
    "schema": 1,
    "dataset": "made",
    "config": "configs/made.py",
    "commit": "0000000",
    "seeds": [0, 1],
    "encoders": {"text": {"name": "minilm", "note": "as packaged"}},
    "reductions": ["none"],
    "inputs": {"captions": {"packets_without": 3}},
    "cost": {"gnn": {"params_total": 12, "macs": 1e6}},
    "splits": {
        "round": {
            "seeds": [0, 1],
            "packets": {"train": 5, "test": 6},
            "held_out": [{"SYN Flood": "hping3"}],
            "zero_shot": {
                "both": {"macro_top1": SCORE, "per_class": {"Benign": {"recall": SCORE}}}
            },
            "reasoning": {
                "gnn": {"mauc": SCORE, "per_class": {"DoS": {"auc": {"mean": 1, "n": 1}}}}
            },
            "scarcity": {"gnn": {"1.0": SCORE, "0.3": SCORE}},
            "controls": {"overlap": {"share": SCORE}},
        }
    },
}
TIMING = {"stages": {"round/0/gnn": 1.5}, "total_seconds": 2.5, "device": "cpu", "cores": 2}
PLOTS: dict[str, Any] = {
    "classes": ["Benign", "SYN Flood"],
    "groups": ["Benign", "DoS"],
    "class_distribution": {"round": {"train": {"Benign": 3, "SYN Flood": 4}}},
    "confusion": {
        "round": {"both": {"kind": "zero_shot", "labels": ["a", "b"], "matrix": [[1, 2], [3, 4]]}}
    },
    "roc": {"round": {"gnn": {"DoS": {"fpr": [0, 0.5, 1], "tpr": [0, 0.7, 1]}}}},
    "missions": [
        {"title": "DoS", "levels": [["a", "b"], ["c"]], "edges": [["a", "c"], ["b", "c"]]}
    ],
}
METRICS = [
    {"run": "round/0/gnn", "step": step, "name": "loss", "value": 0.5 / (step + 1)}
    for step in range(4)
]


def as_json(*documents: Mapping[str, Any]) -> list[Seed]:
    """Each on one line and on many."""
    return [Seed(json.dumps(d, indent=i).encode()) for d in documents for i in (None, 1)]


def aci_flow_seeds() -> list[Seed]:
    """The flow CSV's 85 columns, with its quirks."""
    words = {
        "Flow ID": "192.0.2.1-198.51.100.1-40000-80-6",
        "Src IP": "192.0.2.1",
        "Src Port": "40000",
        "Dst IP": "198.51.100.1",
        "Dst Port": "80",
        "Protocol": "6",
        "Timestamp": "2023-01-11 09:43:40",
        "Label": "Port Scan",
        "Connection Type": "wired",
    }
    rows: list[dict[str, str]] = [
        {},
        {"Flow Bytes/s": "inf", "Flow Packets/s": "nan", "Label": "Benign"},
        {"Idle Mean": "1698832000000000.0", "Idle Max": "1698832000000000.0", "Src IP": "fe80::1"},
        {"Protocol": "0", "Label": "ARP Spoofing", "Connection Type": "wireless"},
        {},
    ]
    text = ",".join(FLOW_COLUMNS) + "\n"
    for number, row in enumerate(rows):
        cells = {name: str(number + place) for place, name in enumerate(FLOW_COLUMNS)}
        text += ",".join((cells | words | row)[name] for name in FLOW_COLUMNS) + "\n"
    return [Seed(text.encode()), Seed(text.replace("\n", "\r\n").encode("utf-8-sig"))]


def aci_payload_seeds() -> list[Seed]:
    """The payload CSV's ten columns, and beside a long one that is not read, in another order."""
    cells = (
        "192.0.2.1 40000 198.51.100.1 80 tcp 64 52 474554 1698846220.5 Benign",
        "192.0.2.1 40000.0 198.51.100.1 53 udp 255 1500 0 1698846221 DNS-Flood",
        "2001:db8::1 0 2001:db8::2 0 icmpv6 1 60 80ff0 1698846222000 icmp-flood",
        "192.0.2.1 -1 198.51.100.1 -1 2 64 0 nan 1698846220500000000 OS-Scan",
    )
    rows = [line.split() for line in cells]
    plain = "\n".join(",".join(row) for row in (PAYLOAD_COLUMNS, *rows)) + "\n"
    words = "what nobody reads " * 20
    turned = "\r\n".join(
        f"{word},{','.join(row[::-1])}"
        for word, row in zip(("x", *[words] * 4), (PAYLOAD_COLUMNS, *rows), strict=True)
    )
    return [Seed(plain.encode()), Seed(turned.encode()), Seed(turned.encode("utf-8-sig"))]


def group_seeds() -> list[Seed]:
    text = 'class,group\nHTTP Flood,DoS\n"Odd, Scan",Reconnaissance\nNormal,Benign\n'
    return [Seed(text.encode()), Seed(text.replace("\n", "\r\n").encode("utf-8-sig"))]


def mission_seeds() -> list[Seed]:
    """Those of the package, and a small one."""
    small = {
        "schema": 1,
        "name": "made",
        "title": "Made",
        "event": "Made up",
        "levels": [["flood", "burst"], ["overload"]],
        "edges": [["flood", "overload"], ["burst", "overload"]],
        "provenance": {"written_by": "a test", "prompts": ["none"], "year": 2026},
    }
    folder = files("pclip.missions") / "graphs"
    return [*as_json(small), Seed((folder / "dos.json").read_bytes())]


def manifest_seeds() -> list[Seed]:
    """That of pclip-mini, and with as little as there can be of what is long in it."""
    content = (files("pclip") / "weights/pclip-mini/manifest.json").read_bytes()
    document = json.loads(content)
    document["missions"] = document["missions"][:1]
    document["groups"] = document["groups"][:2]
    return [*as_json(document), Seed(content)]


def bert_config_seeds() -> list[Seed]:
    return as_json(BERT, BERT | {"model_type": "bert", "position_embedding_type": "absolute"})


def card_seeds() -> list[Seed]:
    """A packet encoder of each vocabulary, and a text encoder."""
    packets = EncoderConfig(65_541, width=8, layers=2, heads=2, ff=12, word_rank=4)
    files = {"model.safetensors": "0" * 64}
    card = EncoderCard(
        "packet", packets, "arithmetic", "mean", "test " * 300, "none", "made", "", "1" * 64, files
    )
    released = replace(
        card, vocabulary="released", files=files | {"vocab.txt": "2" * 64}, source_sha256="3" * 64
    )
    text = replace(card, kind="text", vocabulary="tokenizer", pooling="cls", config=bert_config())
    return [Seed(found.to_json().encode()) for found in (card, released, text)]


def words_seeds() -> list[Seed]:
    """A line a word, with both ends of lines."""
    return [Seed(end.join((*BIGRAM_WORDS, "")).encode()) for end in ("\n", "\r\n")]


def bert_config() -> EncoderConfig:
    """What `BERT` is read as."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(json.dumps(BERT))
        return read_bert_config(path)


def tokenizer_seeds() -> list[Seed]:
    """Word pieces, as transformers keeps them."""
    found = Tokenizer(WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    found.normalizer, found.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    found.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return [Seed(found.to_str(pretty).encode()) for pretty in (False, True)]


def metrics_seeds() -> list[Seed]:
    """Whole, and cut short by a kill."""
    text = "".join(json.dumps(metric) + "\n" for metric in METRICS)
    return [Seed(text.encode()), Seed(text[:-9].encode())]
