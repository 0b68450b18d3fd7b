"""Pre-train a packet encoder; see configs/pretrain.py.

python -m experiments.pretrain --config=configs/pretrain.py --workdir=runs/pretrain
"""

from __future__ import annotations

from pathlib import Path

from ml_collections import ConfigDict

from pclip.report.figures import save
from pclip.report.pretraining import draw_pretraining
from pclip.runs.command import main
from pclip.runs.pretraining import pretrain


def run(config: ConfigDict, workdir: Path) -> None:
    """Do what is left of the run, draw its curve, say what was reached."""
    results = pretrain(config, workdir)
    (workdir / "figures").mkdir(exist_ok=True)
    save(draw_pretraining(workdir), workdir / "figures")
    for name in ("encoder", "neighbours", "frequency"):
        score = results["held_out"][name]["bigrams"]
        print(f"masked bigrams, {name:10}  {score['loss']:.3f} nats, {score['right']:.1%} right")
    print(f"results: {workdir / 'results.json'}   encoder: {workdir / config.encoder.size}")


if __name__ == "__main__":
    main(run, __doc__)
