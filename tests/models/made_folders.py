"""Folders of small BERT and RoBERTa models, as Hugging Face keeps them, with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import safetensors.numpy
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers.models import BPE

from pclip.models.bert_config import read_bert_config


def bert_folder(folder: Path, random_tensors) -> dict[str, np.ndarray]:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "syn", "flood", "web", "##s", "page"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    config = {
        "model_type": "bert",
        "vocab_size": 10,
        "type_vocab_size": 2,
        "pad_token_id": 0,
        "max_position_embeddings": 16,
        "layer_norm_eps": 1e-12,
    }
    return _write_model(folder, config, "bert.", random_tensors)


def roberta_folder(folder: Path, random_tensors) -> dict[str, np.ndarray]:
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    words = [*specials, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(BPE(vocabulary, [], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.add_special_tokens(specials)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    config = {
        "model_type": "roberta",
        "vocab_size": len(words),
        "type_vocab_size": 1,
        "pad_token_id": 1,
        "max_position_embeddings": 20,
        "layer_norm_eps": 1e-5,
    }
    return _write_model(folder, config, "roberta.", random_tensors)


def _write_model(folder: Path, config: dict, prefix: str, random_tensors) -> dict[str, np.ndarray]:
    sizes = {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "hidden_act": "gelu",
    }
    (folder / "config.json").write_text(json.dumps(config | sizes))
    tensors = random_tensors(read_bert_config(folder / "config.json"))
    named = {f"{prefix}{key}": tensor for key, tensor in tensors.items()}
    named["lm_head.dense.bias"] = np.zeros(16, np.float32)
    safetensors.numpy.save_file(named, folder / "model.safetensors", {"format": "pt"})
    return tensors
