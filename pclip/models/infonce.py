"""InfoNCE between packets and their captions, in every form the paper can be read to mean."""

from __future__ import annotations

import jax
import jax.numpy as jnp

DIRECTIONS = ("symmetric", "text_to_packet")
DENOMINATORS = ("with_positive", "negatives_only")
POSITIVES = ("diagonal", "mask_duplicates")

PACKETS_AXIS = 0
TEXTS_AXIS = 1


def info_nce(
    u: jax.Array,
    v: jax.Array,
    temperature: jax.Array | float,
    *,
    direction: str = "symmetric",
    denominator: str = "with_positive",
    positives: str = "diagonal",
    caption_ids: jax.Array | None = None,
) -> jax.Array:
    """Contrastive loss of a batch of (packet, caption) pairs, averaged over the batch.

        S_ij = u_i . v_j / temperature            rows packets, columns texts
        l_j  = -log( e^{S_jj} / (d e^{S_jj} + sum_{i in N_j} e^{S_ij}) )

    d = 1 for `with_positive` and 0 for `negatives_only`. N_j is every i != j, less the pairs that
    share the caption of j with `mask_duplicates`. That softmax over packets is the paper's
    direction, text to packet; `symmetric` is CLIP's: the mean of it and of its mirror over texts.
    A pair left without any negative adds 0.

    Args:
        u: packet vectors [B, width], L2-normalised.
        v: text vectors [B, width], L2-normalised; row j is the caption of packet j.
        temperature: tau > 0.
        direction: "symmetric" or "text_to_packet" (section 3.3).
        denominator: "with_positive", or "negatives_only" (section 3.3 read literally: its set
            excludes the matching packet; the loss is then unbounded below).
        positives: "diagonal" or "mask_duplicates".
        caption_ids: int[B], equal where captions are; `mask_duplicates` needs it.

    Returns:
        The loss, a scalar.

    Raises:
        ValueError: an unknown form, shapes that do not fit, no `caption_ids` where they are
            needed, a temperature not above 0, or one pair alone with `negatives_only`.

    Source: section 3.3; CLIP (Radford et al., 2021) for the symmetric form.
    """
    _check_choice("direction", direction, DIRECTIONS)
    _check_choice("denominator", denominator, DENOMINATORS)
    _check_choice("positives", positives, POSITIVES)
    if u.ndim != 2 or u.shape != v.shape:
        raise ValueError(f"packets {u.shape} and texts {v.shape} must both be [B, width]")
    batch = u.shape[0]
    if isinstance(temperature, (int, float)) and temperature <= 0:
        raise ValueError(f"temperature is {temperature}, expected a number above 0")
    if denominator == "negatives_only" and batch < 2:
        raise ValueError(f"denominator='negatives_only' needs at least 2 pairs, found {batch}")

    matching = jnp.eye(batch, dtype=bool)
    counted = jnp.ones((batch, batch), dtype=bool)
    if positives == "mask_duplicates":
        if caption_ids is None:
            raise ValueError("positives='mask_duplicates' needs caption_ids, found None")
        if caption_ids.shape != (batch,):
            raise ValueError(f"caption_ids have shape {caption_ids.shape}, expected ({batch},)")
        counted = matching | (caption_ids[:, None] != caption_ids[None, :])
    if denominator == "negatives_only":
        counted = counted & ~matching

    similarity = u @ v.T / temperature
    loss = _directed_loss(similarity, counted, PACKETS_AXIS)
    if direction == "symmetric":
        loss = (loss + _directed_loss(similarity, counted, TEXTS_AXIS)) / 2
    return loss


def duplicate_rate(caption_ids: jax.Array) -> jax.Array:
    """Share of the batch's pairs whose caption another pair of the batch also has.

    Args:
        caption_ids: int[B], equal where captions are.

    Returns:
        A scalar in [0, 1]; 0 when all captions are distinct.

    Raises:
        ValueError: `caption_ids` is not a vector.
    """
    if caption_ids.ndim != 1:
        raise ValueError(f"caption_ids have shape {caption_ids.shape}, expected [B]")
    holders = (caption_ids[:, None] == caption_ids[None, :]).sum(axis=1)
    return jnp.mean((holders > 1).astype(jnp.float32))


def _directed_loss(similarity: jax.Array, counted: jax.Array, axis: int) -> jax.Array:
    """Mean over pairs of logsumexp over the counted entries along `axis`, less S_jj."""
    any_counted = counted.any(axis=axis, keepdims=True)
    # Where nothing counts, keep everything: the value is dropped below, its gradient stays finite.
    kept = jnp.where(counted | ~any_counted, similarity, -jnp.inf)
    losses = jax.nn.logsumexp(kept, axis=axis) - jnp.diagonal(similarity)
    return jnp.mean(jnp.where(jnp.squeeze(any_counted, axis), losses, 0.0))


def _check_choice(name: str, found: str, expected: tuple[str, ...]) -> None:
    if found not in expected:
        raise ValueError(f"{name} is {found!r}, expected one of {expected}")
