"""The command `pclip`: for people with a capture rather than a paper.

Comes in: words of a command line. Goes out: lines on standard output, figures, files.
A user's mistake ends in one line `error: ...` on standard error and exit code 2, Ctrl-C in
`stopped` and 130; what is lost of a damaged capture is said in a line `warning: ...`. Rooms are
imported inside the commands, so that `pclip --help` does not wait for JAX.
May be called by: `__main__`. This room may import all others.
"""

from __future__ import annotations

from pclip.cli.commands import app, main

__all__ = ["app", "main"]
