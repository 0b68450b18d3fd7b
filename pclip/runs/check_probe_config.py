"""What a probe's config may ask for, checked before any work is done."""

from __future__ import annotations

from ml_collections import ConfigDict

from pclip.data import SPLITS, check_dataset
from pclip.errors import PclipError
from pclip.evaluation.probed_encoder import PROBED_POOLINGS
from pclip.models.packet_encoder import PACKET_ENCODERS_EXPECTED, is_packet_encoder
from pclip.packets import BYTE_POLICIES
from pclip.runs.check_config import MOST_TOKENS, refuse
from pclip.runs.representations import COUNTED, INITIAL

PROBES = ("linear", "neighbours")


def check_probe_config(config: ConfigDict) -> None:
    """Refuse a config that no probe can follow.

    Raises:
        PclipError: a value that does not exist or makes no sense, with those that do.
    """
    check_dataset(config.dataset)
    for field, found, known in (
        ("packet.bytes", [config.packet.bytes], BYTE_POLICIES),
        ("encoder.pooling", [config.encoder.pooling], PROBED_POOLINGS),
        ("counted", config.counted, COUNTED),
        ("probes", config.probes, PROBES),
    ):
        for entry in found:
            if entry not in known:
                refuse(field, entry, f"expected one of {', '.join(known)}")
    for name in config.encoders:
        if not is_packet_encoder(name.removesuffix(INITIAL)):
            refuse(
                "encoders",
                name,
                f"expected {PACKET_ENCODERS_EXPECTED}; or {INITIAL} in its place",
            )
    if not (*config.encoders, *config.counted) or not config.probes:
        refuse("probes", tuple(config.probes), "expected a representation and a probe at least")
    for field, values in (
        ("linear.penalties", config.linear.penalties),
        ("linear.iterations", [config.linear.iterations]),
        ("neighbours.counts", config.neighbours.counts),
        ("hashed_bigrams.size", [config.hashed_bigrams.size]),
        ("hashed_bigrams.positions", [config.hashed_bigrams.positions]),
    ):
        if not values or not all(value > 0 for value in values):
            refuse(field, values, "expected numbers above 0")
    if not 1 < config.packet.tokens <= MOST_TOKENS:
        refuse("packet.tokens", config.packet.tokens, f"expected 2 to {MOST_TOKENS}")
    if config.packets_per_class < 0:
        refuse("packets_per_class", config.packets_per_class, "expected 0 (all) or more")
    seeds = [config.seeds[split] for split in SPLITS]
    if min(seeds) < 0 or not any(seeds):
        refuse("seeds", config.seeds.to_dict(), "expected at least one seed for some split")
    if config.test and not config.purpose.strip():
        raise PclipError(
            "config.test is True and config.purpose is empty: the look at the test part is written "
            "down with what it is for; set --config.purpose=... or --config.test=False"
        )
