"""Sizes and conventions of an encoder: what tells ET-BERT, BERT and RoBERTa apart."""

from __future__ import annotations

from dataclasses import dataclass

LAYER_NORMS = ("usual", "uer")
POSITION_RULES = ("arange", "roberta")
DTYPES = ("float32", "bfloat16")


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes and conventions of one Transformer encoder.

    Args:
        vocab_size: rows of the word table.
        width: size W of the hidden vectors.
        layers: number of post-LN blocks L.
        heads: attention heads H; the width of one is W / H.
        ff: inner width of the feed-forward part.
        positions: rows of the position table (RoBERTa counts pad_id + 1 unused rows among them).
        segments: rows of the segment table (UER 3, BERT 2, RoBERTa 1).
        layer_norm: "usual" (BERT, RoBERTa) or "uer" (ET-BERT).
        layer_norm_eps: added to the variance ("usual") or to the standard deviation ("uer").
        position_rule: "arange" (0, 1, 2, ...) or "roberta" (pad_id + running count of tokens).
        pad_id: id of the padding token.
        dropout: rate in training, of hidden vectors and of attention weights.
        word_rank: inner width R of a factorised word table, [vocabulary, R] x [R, W], which for
            65,541 ids is most of a small encoder's size; 0 for one table [vocabulary, W].
        dtype: of the computation; "float32" on CPUs, "bfloat16" for accelerators. Parameters,
            LayerNorm and softmax stay in float32.

    Raises:
        ValueError: a field outside its range; the message names the numbers that disagree.
    """

    vocab_size: int
    width: int
    layers: int
    heads: int
    ff: int
    positions: int = 512
    segments: int = 3
    layer_norm: str = "uer"
    layer_norm_eps: float = 1e-6
    position_rule: str = "arange"
    pad_id: int = 0
    dropout: float = 0.1
    word_rank: int = 0
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for name in ("vocab_size", "width", "layers", "heads", "ff", "positions", "segments"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        if not 0 <= self.pad_id < self.vocab_size:
            raise ValueError(f"pad_id {self.pad_id} is outside the vocabulary of {self.vocab_size}")
        if not 0 <= self.word_rank <= self.width:
            raise ValueError(
                f"word_rank is {self.word_rank}, expected 0 (one table) or at most the width "
                f"{self.width}"
            )
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout is {self.dropout}, expected 0 <= dropout < 1")
        if not self.layer_norm_eps > 0.0:
            raise ValueError(f"layer_norm_eps is {self.layer_norm_eps}, expected more than 0")
        for name, known in (
            ("layer_norm", LAYER_NORMS),
            ("position_rule", POSITION_RULES),
            ("dtype", DTYPES),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {known}")
        if self.max_length < 1:
            raise ValueError(
                f"positions {self.positions} leave no room for a token: rule "
                f"{self.position_rule!r} with pad_id {self.pad_id} starts at {self.pad_id + 1}"
            )

    @property
    def head_width(self) -> int:
        """Width d of one attention head."""
        return self.width // self.heads

    @property
    def max_length(self) -> int:
        """Longest sequence, in tokens, that the position table has rows for."""
        unused = self.pad_id + 1 if self.position_rule == "roberta" else 0
        return self.positions - unused
