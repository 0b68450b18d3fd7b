from __future__ import annotations

import dataclasses
import math

import pytest

from pclip.models.cost import count_parameters, encoder_macs, encoder_parameters
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import (
    PACKET_ENCODERS,
    RELEASED_VOCABULARY,
    packet_encoder_config,
)
from pclip.models.parameters import parameter_shapes, random_params

ET_BERT = packet_encoder_config("et-bert-base", vocabulary=RELEASED_VOCABULARY)
ROBERTA = EncoderConfig(
    50_265, 768, 12, 12, 3072, positions=514, segments=1, position_rule="roberta", pad_id=1
)


def test_et_bert_base_has_the_published_size():
    counts = encoder_parameters(ET_BERT)
    assert counts.encoder == 85_054_464
    assert counts.embeddings == 46_480_896
    assert counts.total == 131_535_360


def test_roberta_base_has_the_published_size():
    assert encoder_parameters(ROBERTA).total == 124_055_040


FACTORISED = dataclasses.replace(packet_encoder_config("et-bert-mini"), word_rank=64)


@pytest.mark.parametrize(
    "config", [ET_BERT, FACTORISED, ROBERTA, *map(packet_encoder_config, PACKET_ENCODERS[:2])]
)
def test_formula_equals_the_module_leaf_by_leaf(config):
    shapes = parameter_shapes(config)
    embeddings = sum(math.prod(s) for path, s in shapes.items() if path.startswith("embeddings/"))
    assert encoder_parameters(config).embeddings == embeddings
    assert encoder_parameters(config).total == sum(map(math.prod, shapes.values()))


def test_count_parameters():
    config = EncoderConfig(vocab_size=40, width=8, layers=1, heads=2, ff=12)
    assert count_parameters(random_params(config, 0)) == encoder_parameters(config).total


def test_macs_of_et_bert_base():
    assert encoder_macs(ET_BERT, 128) == 11_173_625_856  # 11.174 G
    assert encoder_macs(ET_BERT, 1) == 85_054_464 - 12 * (9 * 768 + 3072) + 12 * 2 * 768


def test_a_factorised_table_costs_its_map():
    whole = dataclasses.replace(FACTORISED, word_rank=0)
    assert encoder_macs(FACTORISED, 10) - encoder_macs(whole, 10) == 10 * 64 * 256
    spared = encoder_parameters(whole).embeddings - encoder_parameters(FACTORISED).embeddings
    assert spared == 65_541 * 256 - (65_541 + 256) * 64
