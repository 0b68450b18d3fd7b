"""What each system costs: parameters with and without what is frozen, MACs and FLOPs a packet."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pclip.models.cost import count_parameters, encoder_macs, encoder_parameters
from pclip.models.detector import Detector
from pclip.models.detector_cost import detector_macs
from pclip.models.encoder_config import EncoderConfig

# What "FLOPs" mean in the plots of the ET-BERT literature are MACs; we print both.
FLOPS_PER_MAC = 2
PACKET_TOKENS = 128

Cost = dict[str, int]


def _cost(trainable: int, total: int, macs: int) -> Cost:
    return {
        "params_trainable": trainable,
        "params_total": total,
        "macs": macs,
        "flops": FLOPS_PER_MAC * macs,
    }


def heads_cost(packet_width: int, text_width: int, kind: str) -> Cost:
    """Linear heads into a joint space as wide as the texts; MACs of projecting one packet."""
    packet = (packet_width + 1) * text_width
    text = (text_width + 1) * text_width if kind == "both" else 0
    return _cost(packet + text, packet + text, packet_width * text_width)


def detector_cost(detector: Detector, widths: tuple[int, ...], window: int, width: int) -> Cost:
    """A detector alone, without encoders; MACs of one window.

    Args:
        detector: the module.
        widths: number of concepts of each of its missions.
        window: packets in a window.
        width: width of the joint space.
    """
    variables = jax.eval_shape(
        detector.init,
        jax.random.PRNGKey(0),
        jnp.zeros((1, window, width)),
        tuple(jnp.zeros((n, width)) for n in widths),
        jnp.ones((1, window), bool),
    )
    params = count_parameters(variables["params"])
    return _cost(params, params, detector_macs(detector, width, window).per_window)


def fine_tuning_cost(config: EncoderConfig, classes: int) -> Cost:
    """Fine-tuning a whole packet encoder with its classifier; MACs of one packet."""
    head = (config.width + 1) * config.width + (config.width + 1) * classes
    total = encoder_parameters(config).total + head
    head_macs = config.width * (config.width + classes)
    return _cost(total, total, encoder_macs(config, PACKET_TOKENS) + head_macs)


def encoder_cost(config: EncoderConfig) -> Cost:
    """A frozen packet encoder: nothing trains; MACs of one packet of 128 tokens."""
    return _cost(0, encoder_parameters(config).total, encoder_macs(config, PACKET_TOKENS))


def add_costs(*parts: Cost) -> Cost:
    """The sum of systems that run one after the other."""
    return {key: sum(part[key] for part in parts) for key in parts[0]}
