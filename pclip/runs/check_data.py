"""Whether a dataset has what a config asks of it: looked at before a workdir is taken."""

from __future__ import annotations

from ml_collections import ConfigDict

from pclip.data import PARTS, SPLITS, make_split
from pclip.errors import PclipError
from pclip.runs.inputs import read_dataset
from pclip.runs.mission_graphs import check_missions, written_graphs

HOW = (
    "which splits are run is said by the numbers of seeds, such as --config.seeds.round=0 "
    "--config.seeds.random=1 '--config.scarcity.splits=()'"
)


def check_data(config: ConfigDict) -> None:
    """Draw every split that the config asks for, and see that each group has its mission.

    Raises:
        PclipError: the dataset cannot be read, a group has no mission, or a split not what it
            needs.
    """
    dataset = read_dataset(config)
    check_missions(written_graphs(config), dataset)
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
