"""Everything about a video but its pixels: what is felt, shown, said, recorded and annotated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig import captions
from benchmark.corpora.affrig.clock import TICKS, frame_ticks, seconds
from benchmark.corpora.affrig.display import display
from benchmark.corpora.affrig.emotion import Emotion, feel, feel_compound
from benchmark.corpora.affrig.espeak import engine
from benchmark.corpora.affrig.face_behaviour import behave
from benchmark.corpora.affrig.labels import Labels, annotate
from benchmark.corpora.affrig.lips import add_speech, visemes
from benchmark.corpora.affrig.nuisance import Conditions, record
from benchmark.corpora.affrig.people import Person, hand_colour
from benchmark.corpora.affrig.plan import Plan, Trial, Unit
from benchmark.corpora.affrig.randomness import generator
from benchmark.corpora.affrig.signals import RATE, FloatArray, IntArray, at
from benchmark.corpora.affrig.sound import sound_track
from benchmark.corpora.affrig.speech import Utterance, talk

#: Seconds by which a ``long`` or ``short`` sound track differs from the video.
_MISMATCH = (1.2, 2.5)
#: Chance that a row beyond the last frame of the video has a crop.
_CROP_BEYOND = 0.35


@dataclass(frozen=True, slots=True)
class Performance:
    """One person in one video of K frames; annotated if there is a trial.

    Attributes:
        person: who.
        trial: the annotated trial, or None for a bystander.
        emotion: what is felt, on the behaviour grid.
        face, voice, words: (2, T) valence and arousal that each channel displays.
        drawn: (K, A) action intensities to render.
        balance: (K, A) left-right balance of each action.
        seen: (T, A) action intensities as annotators see them, on the behaviour grid.
        conditions: of the recording.
        labels: annotations of the trial, else None.
        compound: (N,) class 0..6 or -1 of a clip, else None.
        captions: (start, end, text) of the trial's segments.
    """

    person: Person
    trial: Trial | None
    emotion: Emotion
    face: FloatArray
    voice: FloatArray
    words: FloatArray
    drawn: FloatArray
    balance: FloatArray
    seen: FloatArray
    conditions: Conditions
    labels: Labels | None
    compound: IntArray | None
    captions: list[tuple[float, float, str]]


@dataclass(frozen=True, slots=True)
class Content:
    """What happens in one media file.

    Attributes:
        unit: the plan of the file.
        ticks: (K,) presentation times; the file holds the first ``unit.frames`` of them, annotations may hold more.
        people: from left to right.
        utterances: in order.
        sound: (S,) int16 at 22,050 Hz, or None if the file has no sound track.
    """

    unit: Unit
    ticks: IntArray
    people: tuple[Performance, ...]
    utterances: tuple[Utterance, ...]
    sound: NDArray[np.int16] | None


def _duration(unit: Unit, ticks: IntArray) -> float:
    return float(ticks[unit.frames - 1]) / TICKS + 1.0 / unit.rate


def _all_ticks(seed: int, unit: Unit) -> IntArray:
    """Presentation times of the frames, and of the rows that annotations hold beyond the last frame."""
    rng = generator(seed, unit.name, "clock")
    count = max(unit.frames, *(trial.rows for trial in unit.trials))
    ticks = frame_ticks(rng, unit.frames, unit.rate, unit.variable_rate)
    beyond = np.arange(1, count - unit.frames + 1) * round(TICKS / unit.rate)
    return np.concatenate([ticks, ticks[-1] + beyond])


def _speaking(utterances: list[Utterance], speaker: int, count: int) -> FloatArray:
    track = np.zeros(count)
    for said in utterances:
        if said.speaker == speaker:
            track[round(said.start * RATE) : round(said.end * RATE)] = 1.0
    return track


def _sound(seed: int, unit: Unit, utterances: list[Utterance], duration: float) -> NDArray[np.int16] | None:
    if unit.sound == "silent":
        return None
    rng = generator(seed, unit.name, "sound")
    change = float(rng.uniform(*_MISMATCH)) * {"normal": 0, "long": 1, "short": -1}[unit.sound]
    return sound_track(rng, utterances, max(0.5, duration + change))


def simulate(plan: Plan, unit: Unit) -> Content:
    """Draw one video.

    Raises:
        UserError: the speech engine is not installed.
    """
    seed = plan.seed
    ticks = _all_ticks(seed, unit)
    times, duration = seconds(ticks), _duration(unit, ticks)
    cast = [plan.people[key] for key in unit.people]
    trials = {trial.person: trial for trial in unit.trials}
    longest = max(duration, float(times[-1]))
    emotions, channels = [], []
    for person in cast:
        rng = generator(seed, unit.name, person.key, "emotion")
        trial = trials.get(person.key)
        if trial is not None and trial.compound is not None:
            emotion = feel_compound(rng, longest, trial.compound)
        else:
            emotion = feel(rng, longest, trial.feeling if trial else "neutral")
        emotions.append(emotion)
        rng = generator(seed, unit.name, person.key, "display")
        shown = {name: display(rng, emotion, person.temperament, name) for name in ("face", "voice", "words")}
        channels.append(shown)
    with engine(int(generator(seed, unit.name, "engine").integers(1, 2**31))) as voice:
        utterances = talk(
            generator(seed, unit.name, "talk"),
            voice,
            cast,
            [shown["voice"] for shown in channels],
            [shown["words"] for shown in channels],
            duration,
        )
    people = tuple(
        _perform(seed, unit, trials.get(person.key), person, emotion, shown, utterances, i, times, duration)
        for i, (person, emotion, shown) in enumerate(zip(cast, emotions, channels, strict=True))
    )
    return Content(unit, ticks, people, tuple(utterances), _sound(seed, unit, utterances, duration))


def _perform(
    seed: int,
    unit: Unit,
    trial: Trial | None,
    person: Person,
    emotion: Emotion,
    shown: dict[str, FloatArray],
    utterances: list[Utterance],
    position: int,
    times: FloatArray,
    duration: float,
) -> Performance:
    grid, who = emotion.times, person.temperament
    name = (unit.name, person.key)
    speaking = _speaking(utterances, position, len(grid))
    face = behave(generator(seed, *name, "face"), emotion, shown["face"], who, speaking)
    sounds = [p for said in utterances if said.speaker == position for p in said.phonemes()]
    drawn, seen = add_speech(face.actions, visemes(sounds, len(grid)), who.articulation)
    gaps = trial is not None and trial.gaps
    skin = hand_colour(person)
    conditions = record(generator(seed, *name, "conditions"), grid, times, shown["face"], speaking, gaps, skin)
    # of rows that outnumber the frames some have a crop all the same, as in Aff-Wild2
    beyond = trial is None or generator(seed, *name, "beyond").random() > _CROP_BEYOND
    conditions.missing[unit.frames :] = beyond
    labels, compound, texts = None, None, []
    if trial is not None:
        rows = times[: trial.rows]
        labels = annotate(generator(seed, *name, "labels"), emotion, seen, rows, conditions.missing[: trial.rows])
        if trial.compound is not None:
            felt = at(rows, grid, emotion.episodes[0].envelope)
            compound = np.where(felt > 0.3, trial.compound, -1).astype(np.int64)
        rng = generator(seed, *name, "captions")
        for start, end in captions.segments(duration):
            part = slice(int(start * RATE), int(end * RATE) + 1)
            inside = (times >= start) & (times < end)
            visible = 1.0 - float(conditions.missing[inside].mean()) if inside.any() else 0.0
            text = captions.describe(rng, person, seen[part], shown["face"][:, part], speaking[part], visible)
            texts.append((start, end, text))
    return Performance(
        person=person,
        trial=trial,
        emotion=emotion,
        face=shown["face"],
        voice=shown["voice"],
        words=shown["words"],
        drawn=at(times, grid, drawn.T).T,
        balance=at(times, grid, face.balance.T).T,
        seen=seen,
        conditions=conditions,
        labels=labels,
        compound=compound,
        captions=texts,
    )
