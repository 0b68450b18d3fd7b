"""ACI-IoT-2023, the paper's dataset, prepared from the files that you downloaded.

    python -m experiments.prepare --config=configs/aci_iot.py --config.manual_dir=FOLDER

docs/aci-iot-2023.md says what goes into FOLDER. Then every experiment runs on it, as in
`--config=configs/paper.py:aci_iot`. Expect some tens of minutes for all captures on one machine.
Variant "smoke" makes a miniature of the right format from the built-in recording and prepares
that, in a few seconds; numbers on it say nothing about ACI-IoT-2023.
"""

from ml_collections import ConfigDict, config_dict


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = ConfigDict()
    c.name = "aci_iot"
    c.manual_dir = ""
    c.data_dir = ""  # else PCLIP_DATA_DIR, else TFDS's folder
    c.mode = "captures"  # | payload | flows
    c.classes = "paper"  # the ten | all, the twelve
    c.snap_length = 192  # bytes kept of each frame
    # Seconds to add to the flow CSV's times; None for estimated.
    c.clock_offset_s = config_dict.placeholder(float)
    c.unmatched = "leave_out"  # | benign: IP packets that no flow covers
    c.ambiguous = "leave_out"  # | nearest: packets that flows of several labels cover
    c.keep_duplicates = False  # rows of the flow CSV that repeat another, mode flows
    c.runner = "local"  # | beam
    c.beam_options = ()  # as ("--runner=FlinkRunner", "--flink_master=host:8081")
    c.miniature = False
    if variant == "smoke":
        c.miniature = True
    elif variant:
        raise ValueError(f"variants are '' and 'smoke', not {variant!r}")
    return c.lock()
