"""pclip: PacketCLIP in JAX and Flax.

Network packets are aligned with language, and attacks are found by reasoning over mission graphs
(Masukawa et al., Front. Artif. Intell. 8:1593944, 2025).

    import pclip
    model = pclip.load("pclip-mini")
    answers = pclip.zero_shot("capture.pcap", ["a SYN flood", "a user reads a web page"])
    packets, vectors = pclip.encode_packets("capture.pcap", "et-bert-mini")

What is imported here is loaded on first use, so that `import pclip` and `pclip --help` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pclip.serving import (
        PclipModel,
        detect,
        encode_packets,
        encode_texts,
        load,
        load_model,
        zero_shot,
    )

__version__ = "0.1.0"
__all__ = [
    "PclipModel",
    "__version__",
    "detect",
    "encode_packets",
    "encode_texts",
    "load",
    "load_model",
    "zero_shot",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("pclip.serving"), name)
    raise AttributeError(f"module 'pclip' has no attribute {name!r}")
