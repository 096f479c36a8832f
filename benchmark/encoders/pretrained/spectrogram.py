"""Backbones over a log-mel spectrogram cut into patches (AST): one vector a column of patches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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

#: Samples of a mel frame and between two of them, in Kaldi's filter bank that the model's own extractor computes.
FRAME, HOP = 400, 160
#: Marks before the patches: class and distillation.
MARKS = 2


class SpectrogramEncoder:
    """An AST model of ``transformers`` with its own feature extractor, read from a local folder.

    The model sees ``window_seconds`` at a time, of which the ``kept_seconds`` in the middle are kept (more at the two
    ends of a recording), so every step has sound on both sides. Patches of one time are averaged over frequency.
    """

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        from transformers import ASTFeatureExtractor

        self.spec = spec
        folder = folder or backbone(spec.key).folder
        self.network = load_model(spec, folder)
        config: Any = self.network.config
        place = folder / "preprocessor_config.json"
        self.extract = ASTFeatureExtractor.from_dict(read_json(place))
        for name, found, expected in (
            ("sampling_rate", self.extract.sampling_rate, RATE),
            ("max_length", self.extract.max_length, config.max_length),
            ("num_mel_bins", self.extract.num_mel_bins, config.num_mel_bins),
        ):
            if found != expected:
                raise UserError(f"{place}: {name} is {found!r}, expected {expected}.")
        self.patch, self.stride = int(config.patch_size), int(config.time_stride)
        window = int(spec.settings["window_seconds"]) * RATE  # type: ignore[call-overload]
        self.window = min(self._columns(window), (int(config.max_length) - self.patch) // self.stride + 1)
        self.bands = (int(config.num_mel_bins) - self.patch) // int(config.frequency_stride) + 1
        self.kept = int(spec.settings["kept_seconds"]) * RATE // (self.stride * HOP)  # type: ignore[call-overload]

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's sound: (L, D) at the centres of the model's columns, in seconds from the first frame."""
        audio, notes = hear(trial)
        if audio is None:
            return Encoded.absent(self.spec.dim, *notes)
        values = self.features(audio.samples)
        centres = (np.arange(len(values)) * self.stride * HOP + self._field / 2) / RATE
        return Encoded(values, audio.start_seconds + centres, np.ones(len(values), np.bool_), notes)

    def features(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(S,) float32 mono at 16 kHz -> (L, D) float32."""
        samples = np.pad(samples, (0, max(0, self._field - len(samples))))
        columns = self._columns(len(samples))
        parts = []
        for start in range(0, columns, self.kept):
            stop = min(start + self.kept, columns)
            low = max(0, min(start - (self.window - self.kept) // 2, columns - self.window))
            high = min(low + self.window, columns)
            begin = low * self.stride * HOP
            end = begin + (high - low - 1) * self.stride * HOP + self._field if high < columns else len(samples)
            piece = samples[begin:end]
            parts.append(self._hidden(piece)[start - low : stop - low])
        return np.concatenate(parts)

    @property
    def _field(self) -> int:
        """Samples that one column of patches sees."""
        return (self.patch - 1) * HOP + FRAME

    def _columns(self, samples: int) -> int:
        return (samples - self._field) // (self.stride * HOP) + 1

    def _hidden(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """One window of sound -> a row for each column of patches, those of the padding at the end included."""
        mel = self.extract(np.ascontiguousarray(samples, np.float32), sampling_rate=RATE, return_tensors="pt")
        with torch.inference_mode():
            hidden = self.network(mel["input_values"].to(device())).last_hidden_state[0, MARKS:]
        mean: npt.NDArray[np.float32] = hidden.float().unflatten(0, (self.bands, -1)).mean(0).cpu().numpy()
        return mean
