"""A trained run scored again on inputs that were made worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isclose

import numpy as np

from benchmark.corpora.trials import Trial
from benchmark.degradations import SEED, Degradation, hidden_frames
from benchmark.encoders.base import Encoded
from benchmark.encoders.catalogue import encoder_spec
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.progress import console
from benchmark.records import DegradedScore, ScoreInfo
from benchmark.running.data import Encoders
from benchmark.running.restore import Restored
from benchmark.running.scoring import score_predictions
from benchmark.training.postprocessing import Smoothing
from benchmark.training.windows import TrialData

#: Largest difference to the record's own score that another machine's rounding explains.
TOLERANCE = 1e-4


def score_degraded(restored: Restored, degradations: Sequence[Degradation], store: FeatureStore) -> list[DegradedScore]:
    """Score a restored run on the scored split under each degradation; nothing is trained.

    The clean predictions are made first and must give the record's score, so that every later difference is the
    damage's own.

    Raises:
        UserError: the restored run does not give the record's clean score.
    """
    request = restored.request
    trials = request.corpus.trials(request.task.key, "validation")
    clean = restored.load(trials, store)
    expected, found = restored.record.score, _score(restored, clean)
    if expected is None or not isclose(found.value, expected.value, rel_tol=0, abs_tol=TOLERANCE):
        raise UserError(
            f"{restored.record.run.id}: restored, it scores {found.value:.6f} on clean inputs, its record says "
            f"{expected.value if expected else float('nan'):.6f}; expected the same. Train it again with --fresh."
        )
    done = []
    for number, degradation in enumerate(degradations, start=1):
        what = f"{restored.record.run.method}, {degradation} ({number} of {len(degradations)})"
        console.print(f"degraded: {what}", highlight=False, soft_wrap=True)
        data = degrade(clean, degradation, restored.encoders, lambda worse: restored.load(worse, store))
        score = _score(restored, data)
        done.append(
            DegradedScore(
                kind=degradation.kind,
                severity=degradation.severity,
                seed=SEED,
                value=score.value,
                parts=score.parts,
                interval=score.interval,
                observed={name: info.observed for name, info in restored.encoders.describe(data).items()},
                videos=score.videos,
            )
        )
    return done


def degrade(
    clean: Sequence[TrialData],
    degradation: Degradation,
    encoders: Encoders,
    encode: Callable[[Sequence[Trial]], list[TrialData]],
) -> list[TrialData]:
    """The same trials with worse inputs.

    Args:
        clean: trials as the run was scored on.
        encode: encodes trials whose pictures or sound are damaged.
    """
    trials = [replace(item.trial, degradation=degradation) for item in clean]
    reached = {name for name, key in encoders.keys.items() if encoder_spec(key).stream in degradation.about.streams}
    if degradation.about.raw:
        return encode(trials) if reached else list(clean)
    worse = []
    for item, trial in zip(clean, trials, strict=True):
        hidden = hidden_frames(degradation, trial.name, item.frame_times)
        streams = {
            name: _worse(stream, name in item.on_frames, hidden, item.frame_times, degradation)
            if name in reached
            else stream
            for name, stream in item.streams.items()
        }
        worse.append(replace(item, trial=trial, streams=streams))
    return worse


def _worse(
    stream: Encoded, on_frames: bool, hidden: np.ndarray, frame_times: np.ndarray, degradation: Degradation
) -> Encoded:
    """A stream without the steps of hidden frames, or moved in time."""
    if degradation.kind == "audio_shift":
        return _shift(stream, on_frames, frame_times, degradation.severity)
    if hidden.all():
        return replace(stream, mask=np.zeros_like(stream.mask))
    lost = hidden if on_frames else hidden[nearest(frame_times, stream.times)]
    return replace(stream, mask=stream.mask & ~lost)


def _shift(stream: Encoded, on_frames: bool, frame_times: np.ndarray, seconds: float) -> Encoded:
    if not on_frames:
        return replace(stream, times=stream.times + seconds)
    wanted = frame_times - seconds
    source = nearest(frame_times, wanted)
    within = (wanted >= frame_times[0]) & (wanted <= frame_times[-1])
    return replace(stream, values=np.asarray(stream.values)[source], mask=stream.mask[source] & within)


def nearest(frame_times: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(L,) index of the frame nearest to each of the (L,) times, in seconds; N frames, ascending."""
    after = np.minimum(np.searchsorted(frame_times, times), len(frame_times) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(times - frame_times[before] <= frame_times[after] - times, before, after)


def _score(restored: Restored, data: Sequence[TrialData]) -> ScoreInfo:
    preset, record = restored.request.preset, restored.record
    return score_predictions(
        restored.request.task,
        data,
        restored.predict(data),
        preset.postprocessing,
        Smoothing(preset.smoothing.kind, preset.smoothing.seconds),
        record.score.selection if record.score else "none",
    )
