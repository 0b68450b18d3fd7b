"""The command line of an experiment: a config file, a workdir, overrides; mistakes in one line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging
from ml_collections import ConfigDict, config_flags

from pclip.errors import PclipError

USER_ERROR = 2
INTERRUPTED = 130
QUOTES = "'\""


def main(experiment: Callable[[ConfigDict, Path], None], doc: str | None) -> None:
    """Parse `--config=FILE[:VARIANT] --workdir=FOLDER [--config.field=value]` and call.

    Args:
        experiment: called with the locked config and the workdir.
        doc: what `--help` says.

    Exits with code 2 and one line on standard error for a user's mistake.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    # absl has a handler of its own, with dates and thread numbers; Orbax reports each save.
    absl_logging.get_absl_handler().setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    for noisy in ("absl", "orbax"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    if doc:
        sys.modules["__main__"].__doc__ = doc
    config = config_flags.DEFINE_config_file("config", help_string="configs/NAME.py[:VARIANT]")
    workdir = flags.DEFINE_string("workdir", None, "the run's folder; made where it is missing")
    flags.mark_flags_as_required(["config", "workdir"])

    def parse(argv: Sequence[str]) -> list[str]:
        try:
            rest = flags.FLAGS(argv)
            # A file that is not there is reported on the first look at the config.
            config.value.to_dict()
        except flags.Error as error:
            fail(_last_line(str(error)))
        except (AttributeError, KeyError) as error:
            # ml_collections names no more than the part that is not there.
            asked = " ".join(word for word in argv if word.startswith("--config."))
            fail(
                f"the config has no field {str(error).strip(QUOTES)} (asked for: {asked}); "
                "configs/paper.py lists the fields"
            )
        except (TypeError, ValueError, OSError, ImportError) as error:
            # As they come, for a bad path, variant or value.
            fail(f"the config cannot be used: {error}")
        if flags.FLAGS["verbosity"].using_default_value:
            # absl would go from warnings to everything once the flags are parsed.
            flags.FLAGS.verbosity = absl_logging.WARNING
        if len(rest) > 1:
            fail(f"unexpected arguments {' '.join(rest[1:])}; a field is --config.field=value")
        return rest

    def body(_: Sequence[str]) -> None:
        try:
            experiment(config.value, Path(workdir.value))
        except PclipError as error:
            fail(str(error))
        except KeyboardInterrupt:
            print("stopped; the same command goes on from here", file=sys.stderr)
            sys.exit(INTERRUPTED)

    app.run(body, flags_parser=parse)


def _last_line(message: str) -> str:
    """Without the traceback that config_flags folds into its message: what was raised."""
    if "Traceback (most recent call last)" not in message:
        return message
    flag, last = message.split(": ", 1)[0], message.strip().splitlines()[-1]
    return f"{flag}: {last.split(': ', 1)[-1]}"


def fail(message: str) -> NoReturn:
    """One line on standard error, and exit code 2."""
    print("error: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(USER_ERROR)
