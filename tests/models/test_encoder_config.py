from __future__ import annotations

import dataclasses

import pytest

from pclip.models.encoder_config import EncoderConfig

GOOD = EncoderConfig(vocab_size=50, width=32, layers=2, heads=4, ff=48)


def test_lengths_and_head_width():
    assert GOOD.head_width == 8
    assert GOOD.max_length == 512
    roberta = dataclasses.replace(GOOD, positions=514, position_rule="roberta", pad_id=1)
    assert roberta.max_length == 512


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 30}, "width 30 is not a multiple of heads 4"),
        ({"layers": 0}, "layers is 0"),
        ({"vocab_size": -1}, "vocab_size is -1"),
        ({"pad_id": 50}, "pad_id 50 is outside the vocabulary of 50"),
        ({"word_rank": 33}, "word_rank is 33, expected 0 .one table. or at most the width 32"),
        ({"word_rank": -1}, "word_rank is -1"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"layer_norm_eps": 0.0}, "layer_norm_eps is 0.0"),
        ({"layer_norm": "torch"}, "layer_norm is 'torch'.*'usual', 'uer'"),
        ({"position_rule": "sine"}, "position_rule is 'sine'"),
        ({"dtype": "float16"}, "dtype is 'float16'"),
        (
            {"positions": 2, "position_rule": "roberta", "pad_id": 1},
            "positions 2 leave no room.*starts at 2",
        ),
    ],
)
def test_a_field_out_of_range_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(GOOD, **change)
