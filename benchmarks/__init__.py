"""Measurements against other tools, each a command that prints or writes under docs/benchmarks.

They need the peers (`pip install -c constraints.txt -e '.[peers]'`, and Debian's tshark); one that
is absent is named in the report and left out. `parity` needs PyTorch (`make parity`). Nothing in
`pclip` imports from here.
"""
