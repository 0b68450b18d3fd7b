"""Experiment configs: data only. `paper` states the full protocol, the others how they differ."""
