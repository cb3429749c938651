"""The command line: `karat check|fit|score|explain|schema|demo`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from karat._errors import InternalError, KaratError, ModelIOError, StoppedError

USAGE, PROBLEM, IO, DEFECT, INTERRUPTED = 2, 3, 4, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 a defect of karat, 2 wrong usage, 3 a problem of the data, plan or model, 4 a file that
    cannot be read or written, 130 interrupted.
    """
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options) or 0
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader of a pipe has seen enough; a second failure at exit would only confuse.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return IO
    except KeyboardInterrupt:
        return _fail("interrupted; nothing was written", INTERRUPTED)
    except ModelIOError as error:
        return _fail(str(error), IO)
    except InternalError as error:
        return _fail(str(error), DEFECT)
    except StoppedError as error:
        return _fail(str(error), INTERRUPTED)
    except KaratError as error:
        return _fail(str(error), PROBLEM)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", IO)


def _fail(message: str, code: int) -> int:
    print(f"karat: {message}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """Build the parser; commands are imported when they run."""
    from karat import __version__

    root = argparse.ArgumentParser(prog="karat", description="Customer value: fit, score, explain.")
    root.add_argument("--version", action="version", version=f"karat {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = _command(commands, "check", "read a table as a plan would, and report every problem")
    check.add_argument("table", metavar="TABLE", help="CSV with a header line")
    check.add_argument("plan", metavar="PLAN", help="plan as TOML")

    fit = _command(commands, "fit", "fit a plan to a table and write the model file")
    fit.add_argument("table", metavar="TABLE", help="CSV with a header line")
    fit.add_argument("plan", metavar="PLAN", help="plan as TOML")
    fit.add_argument("-o", "--output", metavar="MODEL", required=True, help="model file to write")
    fit.add_argument("--seed", type=_count, default=0, help="seed of everything random (default 0)")
    fit.add_argument("--threads", type=_positive, help="threads (default all; the result is the same)")

    score = _command(commands, "score", "score a table with a model file")
    score.add_argument("model", metavar="MODEL")
    score.add_argument("table", metavar="TABLE", help="CSV with a header line")
    score.add_argument("-o", "--output", metavar="OUT.csv", help="scores as CSV, classes by name")
    score.add_argument("--records", metavar="OUT.bin", help="scores as records of 64 bytes")
    score.add_argument("--unseen", choices=("refuse", "flag"), default="refuse", help="unknown categories")

    explain = _command(commands, "explain", "tell what one customer's score is made of")
    explain.add_argument("model", metavar="MODEL")
    explain.add_argument("table", metavar="TABLE", help="CSV with a header line")
    which = explain.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", metavar="VALUE", help="value of the plan's id column")
    which.add_argument("--row", type=_count, metavar="N", help="row of the table, from 0")

    schema = _command(commands, "schema", "print the fields and classes of a model file")
    schema.add_argument("model", metavar="MODEL")
    schema.add_argument("--c-header", action="store_true", help="as C enumerations")

    demo = _command(commands, "demo", "generate an operator, fit, explain, save and score")
    demo.add_argument("--customers", type=_positive, default=100_000, help="default 100000")
    demo.add_argument("--months", type=_positive, default=24, help="default 24")
    demo.add_argument("--seed", type=_count, default=7, help="default 7")
    demo.add_argument("--data", metavar="CSV", help="a table of your own; needs --plan")
    demo.add_argument("--plan", metavar="TOML", help="plan (default: the operator's)")
    demo.add_argument("--directory", default="demo", help="where files go (default demo)")
    return root


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:  # fmt: skip # noqa: E501
    command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    command.add_argument("--json", action="store_true", help="machine-readable output")
    command.set_defaults(run=lambda options: _run(name, options))
    return command


def _run(name: str, options: argparse.Namespace) -> int:
    from importlib import import_module

    module = import_module(f"karat._cli.{name}")
    code: int = module.run(options)
    return code


def _count(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**64:
        raise argparse.ArgumentTypeError(f"must be at least 0, got {text}")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return value
