"""Video-language models over segments of the video: what the model is about to say of the person's affect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.pretrained.loading import device, load_model
from benchmark.encoders.pretrained.published import backbone
from benchmark.encoders.segments import Segment, read_segments
from benchmark.errors import UserError

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: What the model is asked, by name; own words for the question that the entry's code describes.
PROMPTS = {
    "affect-v1": (
        "Judge the affect of the person in this clip from face, posture, gestures, head movements and the scene. "
        "Describe valence (unpleasant to pleasant) and arousal (low to high), the visible cues for both and how they "
        "change, and say where they are mixed or uncertain. Use only what can be seen. Write one paragraph of at most "
        "100 tokens without line breaks or lists that ends with a period."
    )
}


class VideoLanguageEncoder:
    """Any ``transformers`` model of the Qwen3-VL family with its processor, read from a local folder.

    A segment's feature is the last hidden state of the last token of video and question, from one forward pass; no
    text is generated (code: branch multimodal, pooling last).
    """

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        from transformers import AutoProcessor

        self.spec = spec
        folder = folder or backbone(spec.key).folder
        self.network = load_model(spec, folder, dtype=torch.bfloat16 if torch.cuda.is_available() else torch.float32)
        try:
            self.processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except Exception as error:  # the library raises many kinds
            raise UserError(
                f"{folder}: the processor of {spec.key} cannot be loaded ({error}); put it there anew."
            ) from None
        self.settings: dict[str, Any] = dict(spec.settings)
        question = [{"type": "video"}, {"type": "text", "text": PROMPTS[str(self.settings["prompt"])]}]
        self.text = self.processor.apply_chat_template(
            [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
        )

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's video: (L, D) at the middle of each segment, in seconds from the first frame."""
        if trial.media is None:
            return Encoded.absent(self.spec.dim)
        wanted = self.settings
        times, values = [], []
        segments = read_segments(
            trial.media,
            seconds=float(wanted["segment_seconds"]),
            shift=float(wanted["shift_seconds"]),
            least=float(wanted["least_seconds"]),
            rate=float(wanted["frames_per_second"]),
            longest_side=int(wanted["longest_side"]),
        )
        try:
            for segment in segments:
                times.append(segment.middle)
                values.append(self.features(segment))
        except UserError as error:
            return Encoded.absent(self.spec.dim, f"behaviour masked: {error}")
        if not values:
            return Encoded.absent(self.spec.dim, f"behaviour masked: {trial.media.name} is too short")
        return Encoded(np.stack(values), np.array(times), np.ones(len(values), np.bool_))

    def features(self, segment: Segment) -> npt.NDArray[np.float32]:
        """One segment -> (D,) float32."""
        from transformers.video_utils import VideoMetadata

        images = segment.images[: int(self.settings["frames"])]
        rate = float(self.settings["frames_per_second"])
        about = VideoMetadata(total_num_frames=len(images), fps=rate, frames_indices=list(range(len(images))))
        inputs = self.processor(
            text=[self.text],
            videos=[torch.from_numpy(images).permute(0, 3, 1, 2)],
            video_metadata=[about],
            do_sample_frames=False,
            return_tensors="pt",
        )
        with torch.inference_mode():
            hidden = self.network(**inputs.to(device())).last_hidden_state
        result: npt.NDArray[np.float32] = hidden[0, -1].float().cpu().numpy()
        return result
