"""A private copy of the espeak-ng engine, loaded by ctypes from the optional package espeakng-loader.

The engine keeps the phase of its oscillators and its noise in static memory, through a restart even, so that a
sentence sounds a little different depending on what was said before. Loading a fresh copy of the library for each
video makes the sound a function of the seed alone and lets several threads speak at once.
"""

from __future__ import annotations

import ctypes
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError

SAMPLE_RATE = 22_050

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
_INITIALISE = 0x0001 | 0x0002 | 0x8000  # phoneme events, as IPA, never exit the process
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4  # espeak_PARAMETER
_END, _WORD, _PHONEME = 0, 1, 7  # espeak_EVENT_TYPE
_UTF8 = 1


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
Samples: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a sentence is spoken: voice variant, words a minute in [80, 350], pitch and pitch range in [0, 99]."""

    variant: str
    rate: int
    pitch: int
    pitch_range: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A synthesised sentence.

    Attributes:
        samples: (S,) int16 at ``SAMPLE_RATE``.
        words: (milliseconds, position in the text) of each spoken word's start; small words may share one.
        phonemes: (milliseconds, IPA symbol) of each phoneme's start.
    """

    samples: Samples
    words: tuple[tuple[int, int], ...]
    phonemes: tuple[tuple[int, str], ...]

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE


def find_engine() -> tuple[Path, Path]:
    """Paths of the engine's library and of its data.

    Raises:
        UserError: the optional package is not installed.
    """
    try:
        import espeakng_loader
    except ImportError:
        raise UserError(
            "the synthetic corpus needs the speech engine espeak-ng, which is not installed; install it with: "
            'pip install "abaw-bench[corpus]"'
        ) from None
    return Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())


class Engine:
    """One fresh engine; use it through `engine`."""

    def __init__(self, library: ctypes.CDLL, data: Path, seed: int) -> None:
        self._library = library
        self._samples: list[Samples] = []
        self._events: list[tuple[int, int, int, str]] = []
        self._callback = _CALLBACK(self._receive)
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), _INITIALISE)
        if rate != SAMPLE_RATE:
            raise UserError(
                f"{data}: espeak-ng did not start (it answered {rate}, expected {SAMPLE_RATE} Hz); reinstall it with: "
                "pip install --force-reinstall espeakng-loader"
            )
        library.espeak_SetSynthCallback(self._callback)
        library.espeak_ng_SetRandSeed(ctypes.c_long(seed))

    def _receive(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._samples.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type != _END:
            event = events[i]
            symbol = bytes(event.id.string).split(b"\0")[0].decode("utf-8", "replace") if event.type == _PHONEME else ""
            self._events.append((event.type, event.audio_position, event.text_position, symbol))
            i += 1
        return 0

    def say(self, text: str, setting: Setting) -> Spoken:
        """Synthesise ASCII ``text``.

        Raises:
            RuntimeError: the engine refuses the voice or the text.
        """
        library = self._library
        self._samples.clear()
        self._events.clear()
        if library.espeak_SetVoiceByName(setting.variant.encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {setting.variant!r}")
        chosen = {_RATE: setting.rate, _VOLUME: 100, _PITCH: setting.pitch, _RANGE: setting.pitch_range}
        for parameter, value in chosen.items():
            library.espeak_SetParameter(parameter, value, 0)
        raw = text.encode("ascii")
        if (
            library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None) != 0
            or library.espeak_Synchronize() != 0
        ):
            raise RuntimeError(f"espeak-ng could not speak {text!r}")
        words = tuple((at, position - 1) for kind, at, position, _ in self._events if kind == _WORD)
        phonemes = tuple((at, symbol) for kind, at, _, symbol in self._events if kind == _PHONEME)
        return Spoken(np.concatenate(self._samples), words, phonemes)

    def close(self) -> None:
        """Free the engine's memory; it cannot speak afterwards."""
        self._library.espeak_Terminate()


def _unload(library: ctypes.CDLL) -> None:
    if sys.platform == "win32":
        ctypes.windll.kernel32.FreeLibrary(ctypes.c_void_p(library._handle))
    else:
        import _ctypes

        _ctypes.dlclose(library._handle)


@contextmanager
def engine(seed: int) -> Iterator[Engine]:
    """A fresh engine whose noise starts from ``seed``.

    Raises:
        UserError: the optional package espeakng-loader is not installed, or the folder for temporary files is full.
    """
    path, data = find_engine()
    with tempfile.TemporaryDirectory(prefix="affrig-voice-") as folder:
        copy = Path(folder) / path.name
        try:
            shutil.copyfile(path, copy)
        except OSError as error:
            raise UserError(
                f"{folder}: the speech engine cannot be copied here ({error.strerror}); free some space, or set TMPDIR "
                "to a folder on another disk, and run the same command again."
            ) from None
        library = ctypes.CDLL(str(copy))
        try:
            voice = Engine(library, data, seed)
            try:
                yield voice
            finally:
                voice.close()
        finally:
            _unload(library)
