"""The command line: arguments in, exit status out.

0 done; 1 it ran and the answer is no; 2 wrong use or unreadable input, nothing changed; 3 outside
failure worth a retry.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from secstatus.cli.output import Output
from secstatus.cli.parser import parser
from secstatus.errors import ExternalError, SecstatusError


def entry() -> None:
    """The program as a process: it ends without tidying up its memory, which takes a while."""
    # No plugin of another package may change how a status is read; looking for some takes long.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    status = main()
    sys.stderr.flush()
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status; never lets an exception out."""
    options = parser().parse_args(arguments)
    output = Output(options.format == "json", options.quiet, options.verbose)
    try:
        status: int = options.run(options, output)
        sys.stdout.flush()
    except SecstatusError as error:
        output.error(error)
        status = error.exit_status
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 3
    except KeyboardInterrupt:
        status = 130
    except Exception as error:
        if options.verbose >= 2:
            raise
        hint = "This is a mistake of secstatus. Run it with -vv and report what it prints."
        output.error(ExternalError(f"{type(error).__name__}: {error}", hint=hint))
        status = 3
    return status
