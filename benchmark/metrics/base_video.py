"""From the name of a trial to the video it was annotated in."""

from __future__ import annotations


def base_video(trial: str) -> str:
    """Name of the video of ``trial``: the trial name without its ``_left`` or ``_right``.

    Two annotated people in one video share light, scene and mood, so they are resampled, split and checked for leaks
    together, and they share one media file.
    """
    for side in ("_left", "_right"):
        if trial.endswith(side):
            return trial.removesuffix(side)
    return trial
