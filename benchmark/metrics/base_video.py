"""From the name of a trial to the video it was annotated in."""

from __future__ import annotations

import re

#: ``video45_1`` and ``28-30-1280x720-2``, the only two ways in which public lists of names number the parts of one
#: recording. A last number after anything else (``5-60-1920x1080``, ``212_1``, ``07``) is not known to be a part.
_PART = re.compile(r"(?P<recording>video[0-9]+)_[0-9]{1,2}|(?P<sized>.+-[0-9]+x[0-9]+)-[0-9]{1,2}")


def base_video(trial: str) -> str:
    """Name of the video of ``trial``: the trial name without its ``_left`` or ``_right``.

    Two annotated people in one video share light, scene and mood, so they are resampled, split and checked for leaks
    together, and they share one media file.
    """
    for side in ("_left", "_right"):
        if trial.endswith(side):
            return trial.removesuffix(side)
    return trial


def recording(trial: str) -> str:
    """Name of the recording that the video of ``trial`` is a part of; the base video where it is not cut in parts.

    Parts show the same people in the same scene, so a leak check counts them as one. Intervals stay with base videos,
    because the official splits treat parts as videos of their own.
    """
    video = base_video(trial)
    match = _PART.fullmatch(video)
    return (match["recording"] or match["sized"]) if match else video
