"""The student: a small network over bytes that stands in for a frozen packet encoder.

A Transformer reads a packet in gigaflops, and the paper names its encoders a burden on edge
hardware (section 5). The student reads the same bytes and gives vectors in the same space:

    e_t = byte table[b_t]                       no products: a look-up
    p_i = ReLU(W_p [e_iP ... e_iP+P-1] + b_i)   patches of P bytes, one bias a place
    q_i = ReLU(W_s p_i + b_s)                   squeezed
    x   = W_o ReLU(... ReLU(W_1 [q_1 ... q_T] + b_1) ...) + b_o

All but the look-up are products of matrices, which is what processors are best at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import flax.linen as nn
import jax
import jax.numpy as jnp

from pclip.models.parameters import Params, params_sha256
from pclip.models.student_config import BYTE_VALUES, NO_BYTE, StudentConfig

# Ids of the arithmetic vocabulary: five specials, then 256 b_t + b_{t+1}.
FIRST_PAIR_ID = 5


def token_bytes(ids: jax.Array, lengths: jax.Array, size: int) -> jax.Array:
    """The bytes behind tokens of the arithmetic vocabulary.

    Token t >= 1 is the pair (b_{t-1}, b_t), so that the first pair gives two bytes and every
    further one the next. A packet of a single byte has no pair and looks like one of none.

    Args:
        ids: int32 [B, S] token ids, [CLS] first.
        lengths: int32 [B] tokens in each row, [CLS] included.
        size: bytes N wanted, whatever S is.

    Returns:
        int32 [B, N]; `NO_BYTE` beyond a packet's last byte and where a token is no pair.
    """
    ids = jnp.pad(ids[:, :size], ((0, 0), (0, max(0, size - ids.shape[1]))))
    # The first byte is the upper half of the first pair, byte t the lower half of token t.
    source = jnp.concatenate([ids[:, 1:2], ids[:, 1:]], axis=1)[:, :size]
    pair = source - FIRST_PAIR_ID
    upper = jnp.arange(size) == 0
    found = jnp.where(upper, pair >> 8, pair & (BYTE_VALUES - 1))
    lengths = jnp.asarray(lengths)[:, None]
    there = (jnp.arange(size) < lengths) & (lengths > 1) & (pair >= 0)
    return jnp.where(there, found, NO_BYTE)


class StudentNet(nn.Module):
    """Bytes to a vector; what each layer gives is sown for calibration.

    Attributes:
        config: its sizes.
    """

    config: StudentConfig

    @nn.compact
    def __call__(self, symbols: jax.Array) -> jax.Array:
        """Read `symbols`, int32 [B, N] of 0 to 256; returns float32 [B, W]."""
        c, batch = self.config, symbols.shape[0]
        x = nn.Embed(NO_BYTE + 1, c.byte_width, name="byte")(symbols)
        x = x.reshape(batch, c.patches, c.patch * c.byte_width)
        x = nn.Dense(c.patch_width, use_bias=False, name="patch")(x)
        x = nn.relu(x + self.param("place", nn.initializers.zeros, (c.patches, c.patch_width)))
        self.sow("outputs", "patch_output", x)
        x = nn.relu(nn.Dense(c.squeezed, name="squeeze")(x)).reshape(batch, -1)
        self.sow("outputs", "squeeze_output", x)
        for index, width in enumerate(c.hidden):
            x = nn.relu(nn.Dense(width, name=f"hidden_{index}")(x))
            self.sow("outputs", f"hidden_{index}_output", x)
        return nn.Dense(c.width, name="output")(x)


@dataclass(frozen=True, eq=False)
class Student:
    """A student and its weights, to be used where a `PacketEncoder` is.

    Attributes:
        name: how outputs call it.
        config: its sizes.
        params: nested dict of float32 arrays.
        sha256: hash over the leaves of `params`.
        note: where the weights come from; belongs in every output made with them.
    """

    name: str
    config: StudentConfig
    params: Params
    sha256: str
    note: str

    @classmethod
    def of(cls, name: str, config: StudentConfig, params: Params, note: str) -> Student:
        """A student with the hash of its weights."""
        return cls(name, config, params, params_sha256(params), note)

    def apply_pooled(self, params: Params, ids: jax.Array, lengths: jax.Array) -> jax.Array:
        """Packet vectors in the teacher's space.

        A pure function of its arguments; the padded length S and what stands in the padding do
        not change the result.

        Args:
            params: parameters of this student's shapes.
            ids: int32 [B, S] ids of the arithmetic vocabulary, [CLS] first.
            lengths: int32 [B] tokens in each row, [CLS] included.

        Returns:
            float32 [B, W], not normalised.
        """
        symbols = token_bytes(ids, lengths, self.config.bytes)
        return cast(jax.Array, StudentNet(self.config).apply({"params": params}, symbols))


def init_student(config: StudentConfig, seed: int) -> Params:
    """Untrained parameters of a student.

    Args:
        config: its sizes.
        seed: of the weights.

    Returns:
        Nested dict of float32 arrays.
    """
    symbols = jnp.zeros((1, config.bytes), jnp.int32)
    # Operation by operation it takes several times as long as compiled whole.
    params: Params = jax.jit(StudentNet(config).init)(jax.random.PRNGKey(seed), symbols)["params"]
    return params
