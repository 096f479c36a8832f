"""Contact sheets to judge the rig by eye: ``python -m benchmark.corpora.affrig.rig.sheet OUT.png``.

Writes OUT.png (identities by neutral and 12 action units) and OUT-expressions.png (identities by 8 expressions).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.appearance import Appearance, sample_appearance
from benchmark.corpora.affrig.rig.rig import load_rig
from benchmark.corpora.affrig.rig.view import View
from benchmark.files import write_whole
from benchmark.progress import progress
from benchmark.tasks import ACTION_UNITS

#: Prototypes after EMFACS; a corpus blends and varies them, this sheet shows them bare.
EXPRESSIONS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "Neutral": {},
        "Anger": {"AU4": 1.0, "AU5": 0.5, "AU7": 0.7, "AU23": 0.6, "AU24": 0.5},
        "Disgust": {"AU9": 0.9, "AU10": 0.6, "AU4": 0.4, "AU7": 0.4, "AU17": 0.5, "AU15": 0.3},
        "Fear": {"AU1": 0.9, "AU2": 0.5, "AU4": 0.5, "AU5": 0.9, "AU20": 0.8, "AU25": 0.6},
        "Happiness": {"AU6": 0.9, "AU12": 0.9, "AU25": 0.6},
        "Sadness": {"AU1": 0.9, "AU4": 0.5, "AU15": 0.9, "AU17": 0.6, "AU7": 0.2},
        "Surprise": {"AU1": 0.9, "AU2": 0.9, "AU5": 0.8, "AU25": 0.5, "AU26": 0.8},
        "Contempt": {"AU12": 0.35, "AU14": 0.9},
    }
)
_ROWS = 8
_BAND = 18


def _label(picture: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    import cv2

    band = np.full((_BAND, picture.shape[1], 3), 24, np.uint8)
    cv2.putText(band, text, (4, _BAND - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (235, 235, 235), 1, cv2.LINE_AA)
    return np.concatenate([band, picture])


def sheet(
    people: Sequence[Appearance], columns: Mapping[str, Mapping[str, float]], size: int = 112
) -> NDArray[np.uint8]:
    """One row a person, one column a set of action weights, each row under its own light and pose: RGB picture."""
    rig = load_rig()
    wanted = np.zeros((len(columns), len(rig.actions)), np.float32)
    for row, recipe in enumerate(columns.values()):
        for action, intensity in recipe.items():
            wanted[row, rig.action(action)] = intensity
    lopsided = np.array([0.8 if name == "Contempt" else 0.0 for name in columns], np.float32)
    weights = rig.weights(wanted, lopsided)
    rows = []
    with progress("faces") as bar:
        task = bar.add_task("Rendering", total=len(people), note="")
        for k, person in enumerate(people):
            face = rig.face(person)
            view = View(
                yaw=(0.0, 0.3, -0.15, -0.45)[k % 4], pitch=(0.0, 0.05, -0.12, 0.1)[k % 4],
                light=((0.35, 0.55, 1.0), (-0.8, 0.4, 0.7), (0.1, 1.0, 0.5), (0.9, 0.1, 0.6))[k % 4],
                background=("gradient", "clutter")[k % 2], background_seed=k,
            )  # fmt: skip
            cells = [face.render(w, view, size=size) for w in weights]
            rows.append(np.concatenate([_label(c, n) for c, n in zip(cells, columns, strict=True)], 1))
            bar.advance(task)
    return np.concatenate(rows)


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    import cv2

    data = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
    write_whole(path, data)
    sys.stdout.write(f"{path}\n")


def main(arguments: list[str]) -> int:
    """Draw both sheets."""
    if len(arguments) != 1 or not arguments[0].endswith(".png"):
        sys.stderr.write("usage: python -m benchmark.corpora.affrig.rig.sheet OUT.png\n")
        return 2
    out = Path(arguments[0])
    people = [sample_appearance(np.random.default_rng([2026, k])) for k in range(_ROWS)]
    _write(out, sheet(people, {"neutral": {}} | {unit: {unit: 1.0} for unit in ACTION_UNITS}))
    _write(out.with_stem(f"{out.stem}-expressions"), sheet(people, EXPRESSIONS))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
