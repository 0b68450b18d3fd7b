"""Whether a dataset can be divided as a config asks: looked at before anything is encoded."""

from __future__ import annotations

from ml_collections import ConfigDict

from pclip.data import PARTS, SPLITS, make_split
from pclip.errors import PclipError
from pclip.runs.inputs import read_dataset

HOW = (
    "which splits are run is said by the numbers of seeds, such as --config.seeds.round=0 "
    "--config.seeds.random=1 '--config.scarcity.splits=()'"
)


def check_splits(config: ConfigDict) -> None:
    """Draw every split that the config asks for.

    Raises:
        PclipError: the dataset cannot be read or has not what a split needs.
    """
    dataset = read_dataset(config)
    for name in SPLITS:
        for seed in range(config.seeds[name]):
            try:
                split = make_split(dataset, name, seed)
            except PclipError as error:
                raise PclipError(f"{error}; {HOW}") from error
            empty = [part for part in PARTS if not len(split.part(part))]
            if empty:
                raise PclipError(
                    f"the split {name} of {dataset.name} leaves no packet for "
                    f"{' and '.join(empty)}; its captures are "
                    f"{', '.join(dataset.packets.captures[:12])}; use the split random or flow; "
                    f"{HOW}"
                )
