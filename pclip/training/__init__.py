"""Training: pure step functions over a device mesh, one loop, checkpoints, a metrics log.

In: vectors or tokens, labels, a config section. Out: trained parameters and `metrics.jsonl`.
A task gives a pure `step(state, data, batch) -> (state, metrics)`; `fit` drives any task, saves
whole checkpoints and resumes from the newest one, bit for bit. Runs and serving call this room.
"""

from pclip.training.alignment import AlignmentTask
from pclip.training.dense import DenseTask
from pclip.training.detection import DetectionTask
from pclip.training.distillation import DistillationTask
from pclip.training.fine_tuning import FineTuningTask
from pclip.training.loop import fit
from pclip.training.mesh import data_mesh, replicate, split_batch
from pclip.training.metrics_log import MetricsLog
from pclip.training.sampling import Sampler
from pclip.training.state import TrainState

__all__ = [
    "AlignmentTask",
    "DenseTask",
    "DetectionTask",
    "DistillationTask",
    "FineTuningTask",
    "MetricsLog",
    "Sampler",
    "TrainState",
    "data_mesh",
    "fit",
    "replicate",
    "split_batch",
]
