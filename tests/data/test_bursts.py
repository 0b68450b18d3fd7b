from __future__ import annotations

import numpy as np
import pytest

from pclip.data.bursts import CLS_ID, BurstCorpus, burst_corpus, join_corpora, without
from pclip.packets import read_capture
from tests.made_captures import ACK, ip, tcp, udp, write_capture

HERE, THERE = "10.0.0.1", "10.0.0.2"


def sent(payload: bytes) -> bytes:
    return ip(HERE, THERE, 6, tcp(5000, 80, ACK, payload))


def answered(payload: bytes) -> bytes:
    return ip(THERE, HERE, 6, tcp(80, 5000, ACK, payload))


def corpus_of(path, bodies):
    write_capture(path, [(0.1 * i, body) for i, body in enumerate(bodies)])
    return burst_corpus(read_capture(path), bytes="identity_free", max_length=32)


def row_of(corpus, body, tmp_path):
    alone = corpus_of(tmp_path / "alone.pcap", [body])
    (row,) = np.flatnonzero((corpus.ids == alone.ids[0]).all(axis=1))
    return int(row)


@pytest.fixture
def talk(tmp_path):
    bodies = [
        sent(b"one"), sent(b"two"), answered(b"three"), sent(b"four"), sent(b"four"),
        ip("10.0.0.3", THERE, 17, udp(9, 53, b"between")), sent(b"one"),
    ]  # fmt: skip
    return corpus_of(tmp_path / "talk.pcap", bodies)


def test_rows_are_distinct_and_begin_with_cls(talk):
    assert len(talk) == 5
    assert len(np.unique(talk.ids, axis=0)) == 5
    assert (talk.ids[:, 0] == CLS_ID).all()
    np.testing.assert_array_equal((talk.ids != 0).sum(axis=1), talk.lengths)


def test_pairs_follow_each_other_in_one_flow_and_direction(talk, tmp_path):
    rows = {name: row_of(talk, sent(name.encode()), tmp_path) for name in ("one", "two", "four")}
    # "two" and "four" have an answer between them; another flow's packet does not end a burst,
    # and a packet is no pair with its own copy.
    expected = {(rows["one"], rows["two"]), (rows["four"], rows["one"])}
    assert {tuple(pair) for pair in talk.pairs.tolist()} == expected


def test_rows_too_short_to_hide_a_bigram_are_left_out(tmp_path):
    # One byte behind the ports' eight: length and checksum are zeroed or stay, [CLS] + 4 bigrams.
    short = corpus_of(tmp_path / "short.pcap", [ip(HERE, THERE, 99, b"ab"), sent(b"long enough")])
    assert len(short) == 1


def test_joining_leaves_each_row_once_and_moves_the_pairs(talk, tmp_path):
    other = corpus_of(tmp_path / "other.pcap", [sent(b"two"), sent(b"five"), answered(b"six")])
    joined = join_corpora([talk, other])
    assert len(joined) == len(talk) + 2
    pairs = [(row_of(joined, sent(a), tmp_path), row_of(joined, sent(b), tmp_path))
             for a, b in ((b"one", b"two"), (b"four", b"one"), (b"two", b"five"))]  # fmt: skip
    assert sorted(map(tuple, joined.pairs.tolist())) == sorted(pairs)


def test_without_takes_away_what_the_other_has(talk, tmp_path):
    other = corpus_of(tmp_path / "other.pcap", [sent(b"two")])
    left = without(talk, other)
    assert len(left) == len(talk) - 1
    assert left.pairs.tolist() == [
        [row_of(left, sent(b"four"), tmp_path), row_of(left, sent(b"one"), tmp_path)]
    ]
    assert len(without(talk, talk)) == 0
    assert without(talk, talk).pairs.shape == (0, 2)


def test_a_corpus_of_nothing(tmp_path):
    empty = corpus_of(tmp_path / "empty.pcap", [])
    assert isinstance(empty, BurstCorpus)
    assert empty.ids.shape == (0, 32)
    assert empty.pairs.shape == (0, 2)
