"""Words, voice and lips."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from benchmark.corpora.affrig.espeak import SAMPLE_RATE, Setting, Spoken, engine
from benchmark.corpora.affrig.lips import VISEMES, add_speech, viseme_of, visemes
from benchmark.corpora.affrig.people import make_person
from benchmark.corpora.affrig.prosody import Prosody, prosody
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.sentences import backchannel, sentence
from benchmark.corpora.affrig.sound import sound_track
from benchmark.corpora.affrig.speech import Utterance, talk
from benchmark.errors import UserError

SETTING = Setting("en-us+f2", 165, 50, 45)
CALM = Prosody(SETTING, 0.0, 0.0, 0.05)


def test_there_are_many_sentences_in_ascii() -> None:
    rng = np.random.default_rng(0)
    said = {sentence(rng, *rng.uniform(-1, 1, 2)) for _ in range(3000)}
    assert len(said) > 1500
    assert all(text.isascii() and text[0].isupper() and "{" not in text for text in said)


@pytest.mark.parametrize(("valence", "good"), [(0.7, True), (-0.7, False)])
def test_wording_follows_valence(valence: float, good: bool) -> None:
    rng = np.random.default_rng(1)
    text = " ".join(sentence(rng, valence, 0.6) for _ in range(60)).lower()
    bright = sum(text.count(word) for word in ("love", "amazing", "fantastic", "excited", "brilliant"))
    dark = sum(text.count(word) for word in ("hate", "terrible", "horrible", "furious", "disaster"))
    assert (bright > 10 and dark == 0) if good else (dark > 10 and bright == 0)


def test_wording_follows_arousal() -> None:
    rng = np.random.default_rng(2)
    shouted = {a: sum("!" in sentence(rng, 0.6, a) for _ in range(100)) for a in (-0.7, 0.7)}
    assert shouted[0.7] > 90
    assert shouted[-0.7] < 10
    assert {backchannel(rng, 0.0) for _ in range(50)} >= {"Right.", "I see."}


def test_the_engine_says_the_same_whatever_was_said_before() -> None:
    with engine(5) as voice:
        alone = voice.say("What a lovely day.", SETTING)
    with engine(9) as other:
        for _ in range(3):
            other.say("How dare you, this is horrible!", Setting("en-us+m3", 200, 60, 70))
    with engine(5) as voice:
        again = voice.say("What a lovely day.", SETTING)
    assert np.array_equal(alone.samples, again.samples)
    assert alone.phonemes == again.phonemes


def test_engines_do_not_disturb_each_other_in_threads() -> None:
    def speak(seed: int) -> bytes:
        with engine(seed) as voice:
            return b"".join(voice.say(text, SETTING).samples.tobytes() for text in ("Oh no.", "I see.", "Great."))

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(speak, [1, 2, 1, 2, 1, 2]))
    assert found[0] == found[2] == found[4]
    assert found[1] == found[3] == found[5]


def test_without_the_engine_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(UserError, match=r'pip install "abaw-bench\[corpus\]"'), engine(1):
        pass


def test_an_unknown_voice_is_an_error_of_the_program() -> None:
    with engine(1) as voice, pytest.raises(RuntimeError, match="no voice"):
        voice.say("Hello.", Setting("xx-nowhere", 160, 50, 50))


def test_words_and_phonemes_have_rising_times_within_the_sentence() -> None:
    text = "I am so tired of it all, and the box is in the kitchen."
    with engine(3) as voice:
        said = Utterance(0, 1.5, text, CALM, voice.say(text, SETTING))
    words = list(said.words())
    assert [word for _, _, word in words] == text.split(" ")
    for times in (words, list(said.phonemes())):
        starts = [start for start, _, _ in times]
        assert starts == sorted(starts)
        assert starts[0] >= 1.5
        assert times[-1][1] == pytest.approx(said.end, abs=0.01)
        assert all(end >= start for start, end, _ in times)


def fundamental(spoken: Spoken) -> float:
    """Median pitch in Hz by autocorrelation."""
    wave, found = spoken.samples.astype(float), []
    for start in range(0, len(wave) - 1024, 512):
        part = wave[start : start + 1024] - wave[start : start + 1024].mean()
        if part.std() > 600:
            echo = np.correlate(part, part, "full")[1023:]
            low, high = SAMPLE_RATE // 450, SAMPLE_RATE // 70
            lag = low + int(echo[low:high].argmax())
            if echo[lag] > 0.4 * echo[0]:
                found.append(SAMPLE_RATE / lag)
    return float(np.median(found))


def test_aroused_voices_are_faster_and_higher() -> None:
    person = make_person(0, "p1")
    sounds = {}
    for arousal in (-0.7, 0.7):
        settings = prosody(np.random.default_rng(0), person.voice, 0.0, arousal)
        with engine(1) as voice:
            sounds[arousal] = voice.say("I did not think that you would come here today.", settings.setting)
    assert sounds[0.7].duration < 0.75 * sounds[-0.7].duration
    assert fundamental(sounds[0.7]) > 1.15 * fundamental(sounds[-0.7])


def test_loud_bright_prosody_reaches_the_sound() -> None:
    with engine(1) as voice:
        spoken = voice.say("This is the best thing ever, it is brilliant!", SETTING)
    power = {}
    for gain in (-6.0, 6.0):
        said = Utterance(0, 0.0, "", Prosody(SETTING, gain, gain, 0.0), spoken)
        track = sound_track(np.random.default_rng(0), [said], spoken.duration).astype(float)
        spectrum = np.abs(np.fft.rfft(track)) ** 2
        split = int(1500 / SAMPLE_RATE * 2 * len(spectrum))
        power[gain] = (track.std(), spectrum[split:].sum() / spectrum[:split].sum())
    assert power[6.0][0] > 2 * power[-6.0][0]
    assert power[6.0][1] > 3 * power[-6.0][1]


@pytest.mark.parametrize(
    ("phoneme", "name"),
    [("p", "viseme_p"), ("ˈiː", "viseme_i"), ("v", "viseme_f"), ("ˌoʊ", "viseme_o"), ("s", "viseme_t"), ("_:", None)],
)
def test_visemes_of_phonemes(phoneme: str, name: str | None) -> None:
    assert viseme_of(phoneme) == name


def test_speech_fires_lips_and_jaw_and_closes_on_labials() -> None:
    active = visemes([(0.0, 0.6, "a"), (1.0, 1.3, "p")], 60)
    assert active.shape == (60, len(VISEMES))
    rest = np.zeros((60, len(ACTIONS)))
    rest[:, ACTIONS.index("AU25")] = 0.5
    drawn, seen = add_speech(rest, active, 1.0)
    lips, jaw = ACTIONS.index("AU25"), ACTIONS.index("AU26")
    assert seen[7, lips] > 0.6
    assert seen[7, jaw] > 0.3
    assert seen[50, jaw] == pytest.approx(0.0, abs=1e-6)
    assert drawn[28, lips] < 0.2  # closed on the labial
    assert drawn[7, ACTIONS.index("viseme_a")] > 0.9


def test_two_people_take_turns_and_end_with_the_video() -> None:
    people = [make_person(0, "a"), make_person(0, "b")]
    shown = [np.full((2, 600), value) for value in (0.5, -0.5)]
    with engine(2) as voice:
        said = talk(np.random.default_rng(1), voice, people, shown, shown, 20.0)
    assert {utterance.speaker for utterance in said} == {0, 1}
    assert all(b.start > a.end for a, b in pairwise(said))
    assert said[-1].end < 21.3
