"""Whisper's encoder over the sound of a trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.pretrained.loading import device, load_model, read_json
from benchmark.encoders.pretrained.published import backbone
from benchmark.encoders.sound import RATE, hear
from benchmark.errors import UserError

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial


class WhisperEncoder:
    """The last hidden states of a ``transformers`` Whisper encoder, 50 a second, read from a local folder.

    The encoder takes pieces of one length only, 30 s as published. Longer sound is read in overlapping pieces: the
    first and last ``context_seconds`` of a piece are read for context and dropped where a neighbour has them too.
    What differs between neighbours is the loudest band, from which the front end clips 8 decades down, and the
    position within the piece.
    """

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        from transformers import WhisperFeatureExtractor

        self.spec = spec
        folder = folder or backbone(spec.key).folder
        model = load_model(spec, folder)
        self.network = model.encoder
        settings = read_json(folder / "preprocessor_config.json")
        try:
            self.front_end = WhisperFeatureExtractor.from_dict(settings)
        except (TypeError, ValueError) as error:
            raise UserError(f"{folder / 'preprocessor_config.json'}: not Whisper's ({error}).") from None
        self.piece = 2 * int(model.config.max_source_positions)  # type: ignore[union-attr, arg-type]
        self._check(folder, int(model.config.num_mel_bins))  # type: ignore[union-attr, arg-type]
        self.stride = 2 * self.front_end.hop_length
        context = float(spec.settings["context_seconds"])  # type: ignore[arg-type]
        self.context = min(round(context * RATE / self.stride), self.piece // 2 // 4)

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's sound: (L, D) at the centres of the model's steps, in seconds from the first frame."""
        audio, notes = hear(trial)
        if audio is None:
            return Encoded.absent(self.spec.dim, *notes)
        values = self.features(audio.samples)
        times = audio.start_seconds + (np.arange(len(values)) + 0.5) * self.stride / RATE
        return Encoded(values, times, np.ones(len(values), np.bool_), notes)

    def features(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(S,) float32 mono at 16 kHz -> (L, D) float32, one step for every 20 ms begun."""
        steps = max(1, -(-len(samples) // self.stride))
        whole = self.piece // 2
        kept = whole - 2 * self.context
        parts: list[npt.NDArray[np.float32]] = []
        start = done = 0
        while done < steps:
            hidden = self._hidden(samples[start * self.stride : (start + whole) * self.stride])
            last = start + whole >= steps
            stop = steps if last else start + whole - self.context
            parts.append(hidden[done - start : stop - start])
            start, done = start + kept, stop
        return np.concatenate(parts)

    def _hidden(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        mel = self.front_end(samples, sampling_rate=RATE, return_tensors="pt").input_features
        with torch.inference_mode():
            hidden = self.network(mel.to(device())).last_hidden_state[0]  # type: ignore[operator]
        result: npt.NDArray[np.float32] = hidden.float().cpu().numpy()
        return result

    def _check(self, folder: Path, bands: int) -> None:
        found = (self.front_end.sampling_rate, self.front_end.feature_size, self.front_end.nb_max_frames)
        expected = (RATE, bands, self.piece)
        if found != expected:
            raise UserError(
                f"{folder / 'preprocessor_config.json'}: sampling rate, mel bands and frames a piece are {found}, "
                f"but the model expects {expected}; put both files of one model there."
            )
