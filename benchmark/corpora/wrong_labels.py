"""Labels that are known to be wrong; only a synthetic corpus can know, and no reader of labels looks here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError

FILE = "expr_noise.json"


def wrong_expressions(root: Path) -> dict[str, NDArray[np.int64]]:
    """Trial of EXPR training -> 0-based frames whose label is not the true one.

    Raises:
        UserError: the corpus has no such file, or it is damaged.
    """
    path = root / FILE
    try:
        trials = json.loads(path.read_text(encoding="utf-8"))["trials"]
        return {name: np.asarray(facts["rows"], np.int64) - 1 for name, facts in trials.items()}
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; only a synthetic corpus knows which labels are wrong: abaw corpus make"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: damaged ({error}); make the corpus again: abaw corpus make") from None
