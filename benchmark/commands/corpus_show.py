"""``abaw corpus show``: a picture of what is in a corpus."""

from __future__ import annotations

from pathlib import Path

from benchmark.corpora.contact_sheet import Strip, draw_sheet, make_strip
from benchmark.corpora.reader import Corpus, open_corpus
from benchmark.corpora.trials import Trial
from benchmark.errors import UserError
from benchmark.files import whole
from benchmark.progress import progress

#: Tasks whose labels are drawn, and the splits that have labels.
_TASKS = ("va", "expr", "au", "mtl", "ce")
_SPLITS = ("train", "validation")


def show(corpus: Path, out: Path, trials: int = 8) -> int:
    """Draw a contact sheet of a corpus: frames, gaps, valence and arousal over time, and expression classes.

    Args:
        corpus: root of a corpus in the Aff-Wild2 layout.
        out: PNG file to write.
        trials: how many trials to draw, spread over the corpus.

    Returns:
        0.

    Raises:
        UserError: the folder is no corpus, holds no labelled trial, or ``out`` cannot be written.
    """
    opened = open_corpus(corpus)
    chosen = _choose(_by_name(opened), trials)
    strips: list[Strip] = []
    with progress("trials") as bar:
        task = bar.add_task("Drawing", total=len(chosen), note="")
        for found in chosen:
            strips.append(make_strip(found))
            bar.advance(task)
    picture = draw_sheet(opened.name, opened.synthetic, strips)
    try:
        with whole(out) as temporary:
            picture.save(temporary, format="PNG")
    except OSError as error:
        raise UserError(f"--out {out}: cannot be written ({error.strerror or error}); choose another file.") from None
    print(f"contact sheet of {len(strips)} trials: {out}")  # noqa: T201
    return 0


def _by_name(corpus: Corpus) -> dict[str, list[Trial]]:
    """Every labelled trial with its appearances in tasks and splits."""
    found: dict[str, list[Trial]] = {}
    for task in _TASKS:
        for split in _SPLITS:
            if (task, split) in corpus.layout.annotations:
                for trial in corpus.trials(task, split):
                    found.setdefault(trial.name, []).append(trial)
    if not found:
        raise UserError(f"{corpus.root}: no trial has labels, so there is nothing to show; expected annotation files.")
    return found


def _choose(found: dict[str, list[Trial]], count: int) -> list[list[Trial]]:
    """``count`` trials spread over the corpus, those with most kinds of labels first, in name order."""
    names = sorted(found, key=lambda name: (-len({trial.task for trial in found[name]}), name))
    rich = names[: max(count, len(names) // 2)]
    step = len(rich) / min(count, len(rich))
    picked = sorted({rich[int(i * step)] for i in range(min(count, len(rich)))})
    return [found[name] for name in picked]
