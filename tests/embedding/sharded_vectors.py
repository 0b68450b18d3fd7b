"""Vectors of one small encoder on one device and on all of them; prints what differs, as JSON."""

import json

import jax
import numpy as np

from pclip.embedding.encode import encode, plan_batches
from pclip.models.encoder_config import EncoderConfig
from pclip.models.packet_encoder import PacketEncoder
from pclip.models.parameters import params_sha256, random_params
from pclip.training.mesh import data_mesh
from tests.embedding.conftest import make_token_rows


def main():
    config = EncoderConfig(50, width=16, layers=2, heads=2, ff=32)
    params = random_params(config, 0)
    encoder = PacketEncoder("tiny", config, params, params_sha256(params), "")
    ids, lengths = make_token_rows(n=70)
    batches = plan_batches(lengths)
    one, all_of_them = (
        np.concatenate(list(encode(encoder, ids, lengths, batches, data_mesh(devices))))
        for devices in (jax.devices()[:1], jax.devices())
    )
    found = {
        "devices": len(jax.devices()),
        "rows": len(one),
        "apart": float(np.abs(one - all_of_them).max()),
        "spread": float(one.std(axis=0).min()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
