"""Speech backbones over the waveform: hidden states on the model's own grid (50 Hz for HuBERT)."""

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


class SpeechEncoder:
    """Any ``transformers`` speech model of the wav2vec 2.0 family, read from a local folder.

    Long recordings are cut into chunks with context on both sides, so memory does not grow with length.
    """

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        folder = folder or backbone(spec.key).folder
        self.network = load_model(spec, folder)
        scaling = read_json(folder / "preprocessor_config.json")
        rate = scaling.get("sampling_rate")
        if rate != RATE:
            raise UserError(f"{folder / 'preprocessor_config.json'}: sampling_rate is {rate!r}, expected {RATE}.")
        self.normalise = bool(scaling.get("do_normalize"))
        self.stride, self.field = receptive_field(self.network.config)
        self.chunk = int(spec.settings["chunk_seconds"]) * RATE // self.stride  # type: ignore[call-overload]
        self.context = int(spec.settings["context_seconds"]) * RATE // self.stride  # type: ignore[call-overload]

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's sound: (L, D) at the centres of the model's steps, in seconds from the first frame."""
        audio, notes = hear(trial)
        if audio is None:
            return Encoded.absent(self.spec.dim, *notes)
        values = self.features(audio.samples)
        centres = (np.arange(len(values)) * self.stride + self.field / 2) / RATE
        return Encoded(values, audio.start_seconds + centres, np.ones(len(values), np.bool_), notes)

    def features(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(S,) float32 mono at 16 kHz -> (L, D) float32."""
        if self.normalise:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        samples = np.pad(samples, (0, max(0, self.field - len(samples))))
        steps = (len(samples) - self.field) // self.stride + 1
        parts = []
        for start in range(0, steps, self.chunk):
            stop = min(start + self.chunk, steps)
            low, high = max(0, start - self.context), min(steps, stop + self.context)
            piece = samples[low * self.stride : (high - 1) * self.stride + self.field]
            parts.append(self._hidden(piece)[start - low : stop - low])
        return np.concatenate(parts)

    def _hidden(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            wave = torch.from_numpy(np.ascontiguousarray(samples, np.float32)).to(device())[None]
            hidden: npt.NDArray[np.float32] = self.network(wave).last_hidden_state[0].float().cpu().numpy()
        return hidden


def receptive_field(config: Any) -> tuple[int, int]:
    """Samples between two steps of a convolutional front end, and samples that one step sees."""
    stride, field = 1, 1
    for kernel, step in zip(config.conv_kernel, config.conv_stride, strict=True):
        field += (kernel - 1) * stride
        stride *= step
    return stride, field
