"""The command ``ceas``: one file per verb.

Exit status: 0 as expected, 1 it differs, 2 unknown (a solver gave up), 3 bad input. Heavy imports wait until a verb needs them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ceas_formal import __version__
from ceas_formal.cli import audit, breaking, explain, export, show, verify
from ceas_formal.cli.options import BAD_INPUT, Parser
from ceas_formal.errors import BadInput

VERBS = (audit, verify, breaking, explain, show, export)


def parser() -> Parser:
    """Return the parser of the whole command."""
    top = Parser(
        prog="ceas",
        description="What of CEAS (consensus and entanglement-aware scheduling) is true: its claims, its proofs, and what breaks them.",
        epilog="Exit status: 0 as expected, 1 it differs, 2 unknown, 3 bad input. `ceas VERB --help` tells more.",
    )
    top.add_argument("--version", action="version", version=f"ceas {__version__}")
    verbs = top.add_subparsers(metavar="VERB", dest="verb", required=True, parser_class=Parser)
    for module in VERBS:
        module.register(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    try:
        options = parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BadInput as error:
        print(f"ceas: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("ceas: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has gone, as in `ceas ... | head`; keep Python from complaining again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
