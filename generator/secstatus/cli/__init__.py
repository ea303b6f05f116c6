"""The command line: arguments in, exit status out.

0: done. 1: the command ran, and its answer is no. 2: wrong use or unreadable input; nothing has
changed. 3: a failure outside, such as the network; running the command again may help.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from secstatus import __version__
from secstatus.adapters.console import Output
from secstatus.commands import COMMANDS, Command
from secstatus.errors import ExternalError, SecstatusError


def entry() -> None:
    """The program as a process. It ends without freeing its memory, which takes a while."""
    # No plugin of another package may change how a status is read; looking for some takes long.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    status = main()
    sys.stderr.flush()
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status; never lets an exception out."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # No option before the name of the command takes a value, so the first word is that name.
    name = next((word for word in arguments if not word.startswith("-")), "")
    options = make_parser([name]).parse_args(arguments)
    output = Output(options.format == "json", options.quiet, options.verbose)
    try:
        status: int = options.run(options, output)
        sys.stdout.flush()
    except SecstatusError as error:
        output.error(error)
        status = error.exit_status
    except BrokenPipeError:
        # The reader of stdout has ended (`| head`); without this, Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 3
    except KeyboardInterrupt:
        status = 130  # 128 + SIGINT, as a shell reports it
    except Exception as error:
        if options.verbose >= 2:
            raise
        hint = "This is a bug in secstatus; please report it with the output of -vv."
        output.error(ExternalError(f"{type(error).__name__}: {error}", hint=hint))
        status = 3
    return status


def make_parser(complete: Collection[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the command line, with every command.

    Only the commands in `complete` have their options, and only their modules are imported; None:
    all of them.
    """
    top = argparse.ArgumentParser(
        prog="secstatus",
        description="Live, public, provable security status for a Python package.",
        epilog="Exit status: 0 done; 1 the command ran, and its answer is no; 2 wrong use or "
        "unreadable input, nothing changed; 3 a failure outside, running it again may help.",
    )
    top.add_argument("--version", action="version", version=f"secstatus {__version__}")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        parser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if complete is None or command.name in complete:
            _complete(parser, command)
    return top


def _complete(parser: argparse.ArgumentParser, command: Command) -> None:
    module = command.load()
    parser.epilog = f"Example:\n  {module.EXAMPLE}"
    parser.set_defaults(run=module.run)
    _add_common_options(parser)
    module.add_options(parser)


def _add_common_options(parser: argparse.ArgumentParser) -> None:
    common = parser.add_argument_group("options of every command")
    common.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="the project (default: here)"
    )
    common.add_argument(
        "--now",
        metavar="ISO",
        help="the time of the run (default: SOURCE_DATE_EPOCH, else the clock)",
    )
    common.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="the format of stdout; messages go to stderr",
    )
    common.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    common.add_argument(
        "-v", "--verbose", action="count", default=0, help="print more; -vv shows tracebacks"
    )
