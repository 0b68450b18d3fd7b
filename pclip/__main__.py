"""`python -m pclip` is the command `pclip`."""

import sys

from pclip.cli import main

if __name__ == "__main__":
    sys.exit(main())
