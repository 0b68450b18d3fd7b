"""A script ends a user's mistake in one line, not in a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pclip.errors import PclipError
from pclip.interrupt import leave


def run(main: Callable[[], None]) -> None:
    """Call `main`; what it refuses is said on standard error and the exit code is 2, Ctrl-C 130."""
    try:
        main()
    except PclipError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        leave("stopped")
