"""The probe experiment: representations of a packet judged by simple classifiers on top."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jax.sharding import Mesh
from ml_collections import ConfigDict

from pclip.data import FIXED_SPLITS
from pclip.errors import PclipError
from pclip.evaluation import WeightedRows
from pclip.evaluation.linear_probe import LinearProbe
from pclip.evaluation.nearest_neighbours import NeighbourProbe
from pclip.evaluation.probe_data import Probe, Training
from pclip.evaluation.probing import choose, score
from pclip.evaluation.single_packet_bound import single_packet_bound
from pclip.runs.check_probe_config import check_probe_config
from pclip.runs.looks import Looks
from pclip.runs.probe_inputs import ProbeInputs, probe_inputs, split_seeds
from pclip.runs.probe_results import assemble_probe
from pclip.runs.representations import Representation, draws, representation
from pclip.runs.workdir import Workdir
from pclip.training.mesh import data_mesh

# What makes a recipe besides its representation.
PROTOCOL = ("dataset", "most_packets_per_class", "packets_per_class", "packet", "linear",
            "neighbours")  # fmt: skip


def run_probe(config: ConfigDict, path: str | Path) -> dict[str, Any]:
    """Do what is left of a probe experiment and write its results.

    Every setting is chosen on validation. With `config.test` each recipe is then scored on the
    test part, once: the look is written down first (`Looks`), the scores are a unit on disk, and a
    unit that is there is read and not made again.

    Args:
        config: a locked config such as configs/probe.py gives.
        path: the workdir. Run again with the same config, it resumes; a finished run ends at once.

    Returns:
        The content of results.json.

    Raises:
        PclipError: the config asks for what does not exist; the workdir cannot be used; an encoder
            has changed since the run began; a recipe has had its look at the test part.
    """
    check_probe_config(config)
    with Workdir(path, config.to_dict()) as workdir:
        return ProbeExperiment(config, workdir, data_mesh()).run()


class ProbeExperiment:
    """The units of one config.

    Args:
        config: the experiment's config.
        workdir: the run's folder, open.
        mesh: devices to encode on.
    """

    def __init__(self, config: ConfigDict, workdir: Workdir, mesh: Mesh) -> None:
        self._config = config
        self._workdir = workdir
        self._mesh = mesh
        shared = Path(config.looks) if config.looks else None
        self._looks = Looks(workdir.path / "looks.jsonl", shared, config.purpose)
        self._features: tuple[Representation, Any] | None = None
        self._probes: dict[str, Probe] = {
            "linear": LinearProbe(tuple(config.linear.penalties), config.linear.iterations),
            "neighbours": NeighbourProbe(tuple(config.neighbours.counts)),
        }

    def run(self) -> dict[str, Any]:
        """Do the units that are missing, assemble the results, write them."""
        unit = self._workdir.unit
        names = (*self._config.encoders, *self._config.counted)
        systems = {name: self._by_seed(name) for name in names}
        notes = self._same_weights(systems)
        about = unit("inputs", self._describe) | {"representations": notes}
        bounds: dict[str, list[dict[str, Any]]] = {}
        for split, seed in split_seeds(self._config):
            bound = unit(f"{split}/{seed}/bound", partial(self._bound, split, seed))
            bounds.setdefault(split, []).append(bound)
        trials: dict[str, dict[str, list[dict[str, Any]]]] = {split: {} for split in bounds}
        for name, by_seed in systems.items():
            for split, seed in self._trials(name):
                found = self._trial(by_seed[seed if draws(name) else 0], split, seed)
                trials[split].setdefault(name, []).append(found)
        results = assemble_probe(
            self._config.to_dict(), self._workdir.environment["commits"], about, bounds, trials
        )
        self._workdir.write_json("results.json", results)
        return results

    def _by_seed(self, name: str) -> list[Representation]:
        """The representation for each seed of its weights."""
        seeds = max(self._config.seeds.values()) if draws(name) else 1
        cache = self._workdir.path / "vectors"
        return [
            representation(name, seed, self._config, cache, self._mesh) for seed in range(seeds)
        ]

    def _trials(self, name: str) -> Iterator[tuple[str, int]]:
        """Splits and seeds to try `name` on; once where another seed would change nothing.

        Seed by seed, so that vectors of other weights are not needed in turns.
        """
        for seed in range(max(self._config.seeds.values())):
            for split, seeds in self._config.seeds.items():
                if seed < seeds and (seed == 0 or draws(name) or split not in FIXED_SPLITS):
                    yield split, seed

    @cached_property
    def _inputs(self) -> ProbeInputs:
        # Made on first use: a run whose units are all done needs none of it.
        with self._workdir.timed("inputs"):
            inputs = probe_inputs(self._config)
        self._workdir.same_data(inputs.fingerprint())
        return inputs

    def _same_weights(self, systems: dict[str, list[Representation]]) -> dict[str, Any]:
        """Notes on the weights; units of other weights are refused.

        A folder may hold a later checkpoint by now.
        """
        now = {
            name: {"note": by_seed[0].note, "sha256": [made.weights for made in by_seed]}
            for name, by_seed in systems.items()
        }
        begun = self._workdir.unit("representations", lambda: now)
        for name, found in now.items():
            if begun[name]["sha256"] != found["sha256"]:
                before, after = begun[name]["sha256"][0][:12], found["sha256"][0][:12]
                raise PclipError(
                    f"{self._workdir.path} began with other weights of {name} (sha256 {before}) "
                    f"than it has now ({after}); choose another --workdir"
                )
        return begun

    def _describe(self) -> dict[str, Any]:
        inputs = self._inputs
        packets: dict[str, dict[str, int]] = {}
        for (split, seed, part), rows in inputs.parts.items():
            if seed == 0:
                packets.setdefault(split, {})[part] = round(float(rows.counts.sum()))
        return {
            "dataset": inputs.dataset,
            "distinct_inputs": len(inputs.tokens.ids),
            "packets": packets,
        }

    def _rows(self, split: str, seed: int, part: str) -> WeightedRows:
        return self._inputs.parts[split, 0 if split in FIXED_SPLITS else seed, part]

    def _bound(self, split: str, seed: int) -> dict[str, Any]:
        """What no single-packet classifier exceeds. It sees the labels, and nothing sees it."""
        parts = ("validation", "test") if self._config.test else ("validation",)
        found: dict[str, Any] = {"fixed": split in FIXED_SPLITS}
        for part in parts:
            found[part] = {"values": single_packet_bound(self._rows(split, seed, part))}
        return found

    def _trial(self, made: Representation, split: str, seed: int) -> dict[str, Any]:
        """Choice on validation, then the look at the test part; each a unit."""
        at = f"{split}/{seed}/{quote(made.name, safe='')}"
        fixed = split in FIXED_SPLITS and not draws(made.name)
        chosen = self._workdir.unit(f"{at}-validation", lambda: self._choose(made, split, seed))
        found = {"fixed": fixed, "validation": chosen}
        if self._config.test:
            found["test"] = self._workdir.unit(
                f"{at}-test", lambda: self._look(made, split, seed, chosen["settings"])
            )
        return found

    def _choose(self, made: Representation, split: str, seed: int) -> dict[str, Any]:
        training = self._training(made, split, seed)
        validation = self._rows(split, seed, "validation")
        unit: dict[str, Any] = {"values": {}, "settings": {}, "tried": {}}
        for name in self._config.probes:
            choice = choose(self._probes[name], training, validation, self._inputs.classes)
            unit["values"] |= {f"{name}/{key}": value for key, value in choice.values.items()}
            unit["settings"][name] = dict(choice.setting)
            unit["tried"][name] = [
                {**setting, "macro_f1": f1, **fit}
                for setting, f1, fit in zip(
                    self._probes[name].settings, choice.tried, choice.fits, strict=True
                )
            ]
        return unit

    def _look(
        self, made: Representation, split: str, seed: int, settings: dict[str, Any]
    ) -> dict[str, Any]:
        protocol = {key: self._config.to_dict()[key] for key in PROTOCOL}
        self._looks.take(
            {
                "recipe": made.recipe_sha256(protocol),
                "representation": made.name,
                "weights": made.weights,
                "config": _sha256(self._config.to_dict()),
                "split": split,
                "seed": seed,
            }
        )
        training = self._training(made, split, seed)
        test = self._rows(split, seed, "test")
        values: dict[str, float] = {}
        for name in self._config.probes:
            found = score(self._probes[name], settings[name], training, test, self._inputs.classes)
            values |= {f"{name}/{key}": value for key, value in found.items()}
        return {"values": values}

    def _training(self, made: Representation, split: str, seed: int) -> Training:
        if self._features is None or self._features[0] is not made:
            # One at a time: hashed bigrams of fifty thousand packets are not small.
            self._features = made, made.features(self._inputs)
        return Training(self._features[1], self._rows(split, seed, "train"))


def _sha256(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
