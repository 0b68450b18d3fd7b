"""How a tool writes flows as CSV: columns, clock, encodings, labels."""

from __future__ import annotations

from dataclasses import dataclass, field

Spellings = str | tuple[str, ...]
"""One column's name, or the names that versions of a tool give it; the first one there counts."""

EPOCH_UNITS = {"epoch_s": 10**9, "epoch_ms": 10**6, "epoch_us": 10**3, "epoch_ns": 1}
"""Words that stand in `FlowCsvLayout.timestamps` for numbers since 1970 -> nanoseconds a unit."""
DURATION_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
CICFLOWMETER_TIMES = ("%d/%m/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")


@dataclass(frozen=True)
class FlowCsvLayout:
    """A dialect of flow CSV. The defaults are those of CICFlowMeter 4.

    Attributes:
        source_address, source_port, destination_address, destination_port, protocol, timestamp,
            label: names of the columns. Blanks around names and cells do not count.
        duration: likewise; None where the file has none, then flows last 0 s.
        duration_unit: one of `DURATION_UNITS`.
        extra: columns to keep as words besides, such as Connection Type.
        rates: columns whose infinities and NaNs are counted, where they are there.
        header: all columns in their order, where the header must be exactly this.
        timestamps: formats of `datetime.strptime`, or one of `EPOCH_UNITS`; the first that fits a
            cell counts.
        afternoon_below_hour: for a clock of 12 hours without AM and PM (CIC-IDS2017): hours of
            `%H` below this are in the afternoon.
        utc_offset_s: seconds that the column's clock is ahead of UTC.
        encodings: tried in this order, line by line.
        labels: the labels that are known; blanks, case, dashes and broken letters do not count.
            Empty for any.
        remedy: what to do about a file of the wrong columns, in words.
        label_remedy: what to do about a label that is not known.
    """

    source_address: Spellings = ("Src IP", "Source IP")
    source_port: Spellings = ("Src Port", "Source Port")
    destination_address: Spellings = ("Dst IP", "Destination IP")
    destination_port: Spellings = ("Dst Port", "Destination Port")
    protocol: Spellings = "Protocol"
    timestamp: Spellings = "Timestamp"
    label: Spellings = "Label"
    duration: Spellings | None = "Flow Duration"
    duration_unit: str = "us"
    extra: tuple[str, ...] = ()
    rates: tuple[str, ...] = ("Flow Bytes/s", "Flow Packets/s")
    header: tuple[str, ...] = ()
    timestamps: tuple[str, ...] = CICFLOWMETER_TIMES
    afternoon_below_hour: int = 0
    utc_offset_s: float = 0.0
    encodings: tuple[str, ...] = ("utf-8", "cp1252")
    labels: tuple[str, ...] = field(default=())
    remedy: str = "name the columns in a FlowCsvLayout"
    label_remedy: str = "give it a class in the dataset's description, or correct it"

    def __post_init__(self) -> None:
        if self.duration_unit not in DURATION_UNITS:
            raise ValueError(
                f"duration_unit={self.duration_unit!r}, expected {', '.join(DURATION_UNITS)}"
            )
        if not self.timestamps or not self.encodings:
            raise ValueError("a layout needs a format of timestamps and an encoding at least")


def spellings(names: Spellings) -> tuple[str, ...]:
    """The names that a column may have."""
    return (names,) if isinstance(names, str) else names


def label_key(text: str) -> str:
    """A label without what versions of a file disagree on: case, blanks, dashes, broken letters.

    "Web Attack – XSS", "Web Attack � XSS" and "web attack-xss" are one label.
    """
    # Read in the wrong encoding, a dash becomes letters of Latin-1, such as in "â€“" and "ï¿½".
    kept = (c if c.isalnum() and not "\x80" <= c <= "\xff" else " " for c in text.lower())
    return " ".join("".join(kept).split())
