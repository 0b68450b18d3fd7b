"""One thin script a table or figure: `python -m experiments.NAME --config=configs/NAME.py`."""
