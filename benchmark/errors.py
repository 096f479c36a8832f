"""The one error a user is meant to see, and the spelling help that goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user can mend: shown as one sentence without a traceback, exit status 2.

    The message names the file and line or the option, what was found and what was expected, and ends with the
    command that mends it where there is one.
    """


def unknown_name(kind: str, name: str, options: Iterable[str], fix: str = "") -> UserError:
    """Build the error for a name that does not exist, with the nearest real names.

    Args:
        kind: what the name stands for, in words ("method", "preset").
        name: what the user wrote.
        options: every name that would have been accepted.
        fix: a command that lists the accepted names.
    """
    known = sorted(options)
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    listing = f" Available: {', '.join(known)}." if known else " None is available."
    return UserError(f'unknown {kind} "{name}".{hint}{listing}{f" See: {fix}" if fix else ""}')
