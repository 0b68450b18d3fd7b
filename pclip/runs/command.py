"""The command line of an experiment: a config file, a workdir, overrides; mistakes in one line."""

from __future__ import annotations

import difflib
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from absl import app, flags
from absl import logging as absl_logging
from ml_collections import ConfigDict, config_flags

from pclip.errors import PclipError
from pclip.interrupt import leave
from pclip.progress import beside_bars

USER_ERROR = 2
SMOKE = "smoke variant: a walk through the code, not a measurement"
QUOTES = "'\""


class _LinesBesideBars(logging.StreamHandler[TextIO]):
    def emit(self, record: logging.LogRecord) -> None:
        with beside_bars():
            super().emit(record)


def main(experiment: Callable[[ConfigDict, Path], None], doc: str | None) -> None:
    """Parse `--config=FILE[:VARIANT] --workdir=FOLDER [--config.field=value]` and call.

    Args:
        experiment: called with the locked config and the workdir.
        doc: what `--help` says.

    Exits with one line on standard error: code 2 for a user's mistake, 130 for Ctrl-C.
    """
    lines = _LinesBesideBars()
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s: %(message)s", handlers=[lines]
    )
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
            fail(_mistake(str(error)))
        except (AttributeError, KeyError) as error:
            fail(_no_field(error, argv))
        except (TypeError, ValueError, OSError, ImportError, IndexError) as error:
            fail(_unusable(error, argv))
        if not workdir.value:
            fail("--workdir is empty; name the run's folder, as in --workdir=runs/mine")
        if flags.FLAGS["verbosity"].using_default_value:
            # absl would go from warnings to everything once the flags are parsed.
            flags.FLAGS.verbosity = absl_logging.WARNING
        if len(rest) > 1:
            fail(f"unexpected arguments {' '.join(rest[1:])}; a field is --config.field=value")
        return rest

    def body(_: Sequence[str]) -> None:
        try:
            experiment(config.value, Path(workdir.value))
            # Configs that state their reductions have it among them, and print those.
            if _config_file(sys.argv).endswith(":smoke") and "reductions" not in config.value:
                print(SMOKE)
        except PclipError as error:
            fail(str(error))
        except KeyboardInterrupt:
            leave("stopped; the same command goes on from here")

    app.run(body, flags_parser=parse)


def _config_file(argv: Sequence[str]) -> str:
    """FILE[:VARIANT] as it was given, "" where it was not."""
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        flag, equals, value = word.lstrip("-").partition("=")
        if flag == "config" and word.startswith("-"):
            return value if equals else following
    return ""


def _no_field(error: Exception, argv: Sequence[str]) -> str:
    """Which of the fields that were asked for is not there, and what is there instead."""
    try:
        config = flags.FLAGS["config"].parser.parse(_config_file(argv))
    except (AttributeError, KeyError) as own:
        # The file itself asked for what is not there.
        return f"{_config_file(argv)} cannot be used: {type(own).__name__}: {_asked(own)}"
    for word in argv:
        path = word.lstrip("-").partition("=")[0].split(".")
        if path[0] != "config":
            continue
        place: Any = config
        for depth, name in enumerate(path[1:], 1):
            above = ".".join(path[:depth])
            if not isinstance(place, ConfigDict):
                return f"no field {'.'.join(path)}: {above} is {place!r}, and nothing is below it"
            if name not in place:
                close = difflib.get_close_matches(name, list(place), n=1)
                meant = f"; did you mean {above}.{close[0]}?" if close else ";"
                return f"no field {'.'.join(path)}{meant} {above} has {', '.join(sorted(place))}"
            place = place[name]
    return f"the config has no field {_asked(error)}"


def _asked(error: Exception) -> str:
    """What is not there; ml_collections puts a second line of advice behind it."""
    return str(error.args[0]).splitlines()[0].strip(QUOTES)


def _unusable(error: Exception, argv: Sequence[str]) -> str:
    """What is wrong with the config: no such file, a variant or a value."""
    file = _config_file(argv).partition(":")[0]
    if file and not Path(file).is_file():
        return f"no config file {file}; expected --config=configs/NAME.py[:VARIANT]"
    return f"the config cannot be used: {error}"


def _mistake(message: str) -> str:
    """What is wrong with a flag, without the traceback that config_flags folds into it."""
    for flag, example in (("config", "configs/NAME.py"), ("workdir", "runs/NAME")):
        if message.startswith(f"flag --{flag}=None:"):
            return f"--{flag} is missing; expected --{flag}={example}"
    if "Traceback (most recent call last)" not in message:
        return message
    flag, last = message.split(": ", 1)[0], message.strip().splitlines()[-1]
    return f"{flag}: {last.split(': ', 1)[-1]}"


def fail(message: str) -> NoReturn:
    """One line on standard error, and exit code 2."""
    print("error: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(USER_ERROR)
