"""What every unit of a run starts from: packets, vectors, captions, missions; made once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from pclip.data import Dataset, flow_classes, is_described, load
from pclip.embedding import FrozenEncoder, cached_vectors, distinct_rows, packet_tokens
from pclip.evaluation.zero_shot import normalise
from pclip.missions import CompiledMission, Mission, compile_mission, concept_prompt
from pclip.models.packet_encoder import PacketEncoder, load_packet_encoder
from pclip.models.text_encoder import TextEncoder, load_text_encoder
from pclip.packets import bigram_tokens, flow_table, policy_bytes
from pclip.runs.mission_graphs import (
    check_missions,
    deals,
    in_group_order,
    reasoned_graphs,
    written_graphs,
)
from pclip.text import (
    Bank,
    CaptionPool,
    CaptionStyle,
    caption_pool,
    class_prompts,
    load_bank,
)
from pclip.training.fine_tuning import PacketTokens

# Captions are a few sentences; the longest of ours has fewer tokens than this.
TEXT_TOKENS = 128
NO_BANK = "none"
BANKS = ("shipped", NO_BANK)


@dataclass(frozen=True)
class Inputs:
    """A dataset, its distinct inputs and their frozen vectors.

    Attributes:
        dataset: packets, labels, flows.
        tokens: token rows of the distinct inputs, in the packet encoder's vocabulary.
        packet_of_input: int64 [distinct inputs], the first packet that is each of them.
        input_bytes: uint8 [distinct inputs, tokens], the bytes behind the tokens: what forests see.
        input_of_packet: int32 [n], distinct input of each packet, -1 where it is not usable.
        packet_encoder: the frozen packet encoder.
        text_encoder: the frozen text encoder.
        packet_vectors: float32 [distinct inputs, packet width].
        captions: the caption pool.
        caption_of_packet: int32 [n], -1 where the packet has no caption.
        caption_vectors: float32 [distinct captions, text width].
        prompt_vectors: float32 [sum(prompts_per_class), text width].
        prompts_per_class: how many prompts each class has.
        missions: the mission graphs that the detectors reason on; of words that are drawn for
            each seed, the first deal.
        compiled: their compiled forms.
        concept_vectors: for each deal of words (`pclip.runs.mission_graphs.deals`) and each mission
            float32 [concepts, text width].
    """

    dataset: Dataset
    tokens: PacketTokens
    packet_of_input: np.ndarray
    input_bytes: np.ndarray
    input_of_packet: np.ndarray
    packet_encoder: PacketEncoder
    text_encoder: TextEncoder
    packet_vectors: np.ndarray
    captions: CaptionPool
    caption_of_packet: np.ndarray
    caption_vectors: np.ndarray
    prompt_vectors: np.ndarray
    prompts_per_class: tuple[int, ...]
    missions: tuple[Mission, ...]
    compiled: tuple[CompiledMission, ...]
    concept_vectors: tuple[tuple[np.ndarray, ...], ...]

    def concepts(self, seed: int) -> tuple[np.ndarray, ...]:
        """For each mission the vectors of its words, as a run of this seed has them."""
        return self.concept_vectors[seed % len(self.concept_vectors)]

    def tokens_for(self, encoder: PacketEncoder, bytes: str, most: int) -> PacketTokens:
        """The distinct inputs in another encoder's vocabulary, at most `most` tokens of each.

        Args:
            encoder: whose vocabulary decides.
            bytes: the config's byte policy.
            most: tokens of a row; no more than `tokens` has.
        """
        packets = self.dataset.packets.take(self.packet_of_input)
        width = min(most, self.tokens.ids.shape[1])
        found = packet_tokens(encoder, packets, bytes, width)
        return PacketTokens(found.ids, found.lengths)

    def fingerprint(self) -> str:
        """sha256 of what the data is to a model.

        That is the distinct inputs, whose they are, their labels and captions, and the graphs.
        """
        digest = hashlib.sha256()
        for part in (
            self.tokens.ids,
            self.input_of_packet,
            self.dataset.labels,
            self.caption_of_packet,
        ):
            digest.update(str((part.shape, part.dtype)).encode() + np.ascontiguousarray(part).data)
        graphs = [(mission.title, mission.levels, mission.edges) for mission in self.missions]
        digest.update(json.dumps([self.captions.texts, graphs]).encode())
        return digest.hexdigest()


def prepare(
    config: ConfigDict, cache: Path, mesh: Mesh, timed: Callable[[str], AbstractContextManager]
) -> Inputs:
    """Load the dataset, write the captions, and encode each distinct input once.

    Args:
        config: an experiment's config.
        cache: folder of the vector caches.
        mesh: devices to encode on.
        timed: gives a context that notes how long a stage of this name took.

    Raises:
        PclipError: an unknown dataset, encoder or byte policy; the cache cannot be written.
    """
    dataset = read_dataset(config)
    width = config.packet.tokens
    # Inputs differ where bytes do, whichever vocabulary an encoder reads them in.
    bigrams = bigram_tokens(dataset.packets, bytes=config.packet.bytes, max_length=width)
    usable = np.flatnonzero(dataset.packets.usable)
    distinct = distinct_rows(bigrams.ids[usable])
    rows = usable[distinct.first]
    input_of_packet = np.full(len(dataset.packets), -1, np.int32)
    input_of_packet[usable] = distinct.inverse

    packet_encoder = load_packet_encoder(config.packet.encoder)
    read = packet_tokens(packet_encoder, dataset.packets.take(rows), config.packet.bytes, width)
    tokens = PacketTokens(read.ids, read.lengths)
    text_encoder = load_text_encoder(config.text.encoder)
    written = in_group_order(written_graphs(config), dataset.groups)
    check_missions(written, dataset)
    captions, caption_of_packet = _captions(config, dataset, written)

    def encode(encoder: FrozenEncoder, tokens: PacketTokens, what: str) -> np.ndarray:
        with timed(f"embed/{what}"):
            return np.asarray(cached_vectors(encoder, *tokens, cache, mesh, what=what))

    def encode_texts(texts: list[str], what: str) -> np.ndarray:
        rows = PacketTokens(*text_encoder.tokenize(texts, max_length=TEXT_TOKENS))
        return encode(text_encoder, rows, what)

    def unit_vectors(texts: Sequence[str]) -> np.ndarray:
        return normalise(encode_texts(list(texts), "words"))

    dealt = [reasoned_graphs(config, written, unit_vectors, n) for n in range(deals(config))]
    compiled = [tuple(compile_mission(m, config.detector.readout) for m in deal) for deal in dealt]
    prompts = [class_prompts(name) for name in dataset.classes]
    return Inputs(
        dataset=dataset,
        tokens=tokens,
        packet_of_input=rows,
        # A first position that stands for the packet, then pairs of neighbours: as many bytes.
        input_bytes=policy_bytes(dataset.packets.take(rows), config.packet.bytes, width)[0],
        input_of_packet=input_of_packet,
        packet_encoder=packet_encoder,
        text_encoder=text_encoder,
        packet_vectors=encode(packet_encoder, tokens, "packets"),
        captions=captions,
        caption_of_packet=caption_of_packet,
        caption_vectors=encode_texts(list(captions.texts), "captions"),
        prompt_vectors=encode_texts([p for group in prompts for p in group], "prompts"),
        prompts_per_class=tuple(len(group) for group in prompts),
        missions=dealt[0],
        compiled=compiled[0],
        concept_vectors=tuple(
            tuple(
                encode_texts([concept_prompt(word) for word in graph.concepts], "concepts")
                for graph in graphs
            )
            for graphs in compiled
        ),
    )


def read_dataset(config: ConfigDict) -> Dataset:
    """The config's dataset, thinned where it asks for that.

    Raises:
        PclipError: there is none, or it cannot be read.
    """
    most = config.most_packets_per_class
    if is_described(config.dataset):
        return load(config.dataset, most)
    dataset = load(config.dataset)
    return dataset if not most else thinned(dataset, most)


def thinned(dataset: Dataset, most: int) -> Dataset:
    """At most `most` packets of each class in each capture, evenly spaced, as a dataset."""
    key = dataset.packets.capture.astype(np.int64) * len(dataset.classes) + dataset.labels
    kept = []
    for value in np.unique(key):
        members = np.flatnonzero(key == value)
        kept.append(members[np.linspace(0, len(members) - 1, min(most, len(members))).astype(int)])
    rows = np.sort(np.concatenate(kept))
    packets = dataset.packets.take(rows)
    return replace(
        dataset,
        packets=packets,
        labels=dataset.labels[rows],
        tool_of_packet=dataset.tool_of_packet[rows],
        flows=flow_table(packets),
    )


def caption_style(config: ConfigDict) -> CaptionStyle:
    """What the config's captions consist of.

    Raises:
        PclipError: an unknown policy, or concepts where the label is left out.
    """
    c = config.captions
    return CaptionStyle(c.policy, paraphrases=c.paraphrases != NO_BANK, concepts=c.concepts)


def caption_bank(config: ConfigDict) -> Bank:
    """The phrasings that the config's captions are drawn from.

    Raises:
        PclipError: a bank of the user's that cannot be read.
    """
    chosen = config.captions.paraphrases
    return load_bank(None if chosen in BANKS else chosen)


def class_concepts(
    dataset: Dataset, missions: tuple[Mission, ...]
) -> Mapping[str, tuple[str, ...]]:
    """Class -> the key concepts of its group's mission; none where the group has no mission."""
    key_concepts = {mission.title: mission.key_concepts for mission in missions}
    return {
        name: key_concepts.get(dataset.groups[dataset.group_of_class[c]], ())
        for c, name in enumerate(dataset.classes)
    }


def _captions(
    config: ConfigDict, dataset: Dataset, missions: tuple[Mission, ...]
) -> tuple[CaptionPool, np.ndarray]:
    """The pool, and each packet's caption: its flow's, unless the flow is another class's."""
    of_flow = flow_classes(dataset)
    pool = caption_pool(
        dataset.flows,
        [dataset.classes[c] for c in of_flow],
        class_concepts(dataset, missions),
        config.captions.seed,
        config.captions.most,
        caption_style(config),
        caption_bank(config),
    )
    flow = dataset.flows.flow_of_packet
    own = (flow >= 0) & (of_flow[flow] == dataset.labels)
    return pool, np.where(own, pool.caption_of_flow[flow], -1).astype(np.int32)
