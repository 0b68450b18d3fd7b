"""The one exception a user's mistake ends in."""

from __future__ import annotations


class PclipError(Exception):
    """A mistake that the person at the keyboard can mend.

    The message says what was found, what was expected and what to do. Commands print it on one
    line and exit with code 2; a traceback would say less.
    """
