"""Sizes of the student, the small network that stands in for a packet encoder, and their cost."""

from __future__ import annotations

from dataclasses import dataclass

BYTE_VALUES = 256
NO_BYTE = BYTE_VALUES
"""The symbol beyond a packet's last byte; it has a row of its own in the byte table."""
MAX_FAN_IN = 1_024
"""127 x 127 x fan-in has to stay below 2^24, so that float32 sums the int8 form exactly."""
MAX_BYTES = 512
MAX_WIDTH = 4_096
MAX_HIDDEN = 8


@dataclass(frozen=True)
class StudentConfig:
    """Sizes of one student; the defaults are at most 2 MFLOP a packet.

    Args:
        width: size W of its vectors, the teacher's.
        bytes: N, how many bytes of a packet it reads.
        byte_width: size E of a byte's vector.
        patch: neighbouring bytes P that are read together; N is a multiple.
        patch_width: size H of a patch's vector.
        squeezed: size C to which a patch's vector is brought before all are laid side by side.
        hidden: widths of the layers between these and the output.

    Raises:
        ValueError: a size outside its range; the message names the numbers that disagree.
    """

    width: int = 256
    bytes: int = 128
    byte_width: int = 8
    patch: int = 8
    patch_width: int = 128
    squeezed: int = 32
    hidden: tuple[int, ...] = (384, 384)

    def __post_init__(self) -> None:
        for name in ("width", "bytes", "byte_width", "patch", "patch_width", "squeezed"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if min(self.hidden, default=1) < 1:
            raise ValueError(f"hidden widths are {self.hidden}, expected numbers of at least 1")
        for name, most in (("bytes", MAX_BYTES), ("width", MAX_WIDTH)):
            if getattr(self, name) > most:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at most {most}")
        if len(self.hidden) > MAX_HIDDEN:
            raise ValueError(f"{len(self.hidden)} hidden layers, expected at most {MAX_HIDDEN}")
        if self.bytes % self.patch:
            raise ValueError(f"bytes {self.bytes} are not a multiple of the patch {self.patch}")
        for name, fan_in, _, _ in self.products:
            if fan_in > MAX_FAN_IN:
                raise ValueError(f"{name} reads {fan_in} numbers, expected at most {MAX_FAN_IN}")

    @property
    def patches(self) -> int:
        """Patches T = N / P of a packet."""
        return self.bytes // self.patch

    @property
    def products(self) -> tuple[tuple[str, int, int, int], ...]:
        """The matrix products in their order: (name, inputs, outputs, times a packet)."""
        found = [
            ("patch", self.patch * self.byte_width, self.patch_width, self.patches),
            ("squeeze", self.patch_width, self.squeezed, self.patches),
        ]
        fan_in = self.patches * self.squeezed
        for index, width in enumerate(self.hidden):
            found.append((f"hidden_{index}", fan_in, width, 1))
            fan_in = width
        return (*found, ("output", fan_in, self.width, 1))


def student_macs(config: StudentConfig) -> int:
    """Multiply-accumulates of one packet: T (P E H + H C) + T C h_1 + h_1 h_2 + ... + h_k W.

    Matrix products only, as `encoder_macs` counts; FLOPs are twice as many. The number does not
    depend on the packet's length.
    """
    return sum(fan_in * width * times for _, fan_in, width, times in config.products)


def student_parameters(config: StudentConfig) -> int:
    """Parameters: the byte table, a bias for each patch's place, and each product's own.

    (256 + 1) E + (T - 1) H + the sum of (inputs + 1) outputs over the products
    """
    table = (BYTE_VALUES + 1) * config.byte_width
    # Each place has a bias, where the product alone would have one for all.
    places = (config.patches - 1) * config.patch_width
    return table + places + sum((fan_in + 1) * width for _, fan_in, width, _ in config.products)
