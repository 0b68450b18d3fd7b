"""Measurements against other tools, each a command that writes a page under docs/benchmarks.

They need the peers (`pip install -c constraints.txt -e '.[peers]'`, and Debian's tshark); one that
is absent is named in the report and left out. Nothing in `pclip` imports from here.
"""
