"""A checkpoint of ET-BERT's size is read, converted and used in less than 4 GB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pclip.models.bert_weights import required_tensors
from pclip.models.cost import encoder_parameters
from pclip.models.packet_encoder import RELEASED_VOCABULARY, packet_encoder_config
from pclip.models.uer_weights import UER
from pclip.models.words import SPECIALS
from tests.models import write_torch

CONFIG = packet_encoder_config("et-bert-base", vocabulary=RELEASED_VOCABULARY)
MOST_BYTES = 4e9

CONVERT_AND_ENCODE = """
import json, sys
import jax, numpy as np
from pclip.cli import main
from pclip.models.convert import load_encoder

source, folder = sys.argv[1:]
assert main(["convert", source, folder]) == 0
encoder = load_encoder(folder)
config = encoder.config
ids = np.random.default_rng(0).integers(5, config.vocab_size, (8, 128), np.int32)
vectors = jax.jit(encoder.apply_pooled)(encoder.params, ids, np.full(8, 128, np.int32))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({
    "peak": int(peak.split()[1]) * 1024,
    "parameters": sum(leaf.size for leaf in jax.tree.leaves(encoder.params)),
    "sizes": [config.vocab_size, config.width, config.layers],
    "finite": bool(np.isfinite(vectors).all()),
    "spread": float(np.std(vectors, axis=0).mean()),
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of a process")
def test_a_base_size_checkpoint_takes_less_than_4_gb(tmp_path: Path) -> None:
    path = tmp_path / "base.bin"
    rng = np.random.default_rng(0)
    tensors = {
        UER.spellings(key)[0]: np.ones(shape, np.float32)
        if key.endswith("LayerNorm.weight")
        else rng.standard_normal(shape, np.float32) * np.float32(0.02)
        for key, shape in required_tensors(CONFIG).items()
    }
    write_torch.save(path, tensors)
    assert path.stat().st_size > 4 * encoder_parameters(CONFIG).total
    del tensors
    words = [*SPECIALS, *(f"{number:04x}" for number in range(RELEASED_VOCABULARY - len(SPECIALS)))]
    (tmp_path / "vocab.txt").write_text("".join(f"{word}\n" for word in words))
    command = [sys.executable, "-c", CONVERT_AND_ENCODE, str(path), str(tmp_path / "ours")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["sizes"] == [60_005, 768, 12]
    assert found["parameters"] == encoder_parameters(CONFIG).total == 131_535_360
    assert found["finite"]
    assert found["spread"] > 1e-3
    assert found["peak"] < MOST_BYTES, f"{found['peak'] / 1e9:.2f} GB"
