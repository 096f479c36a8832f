"""V-NAW: frames of a clip through an image backbone and a temporal Transformer, labels weighed by plausibility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmark.contract import Batch, Losses, Outputs, Stage, Stream
from benchmark.errors import UserError, unknown_name
from benchmark.layers.align import nearest
from benchmark.layers.deviation import with_deviation
from benchmark.layers.transformer import TransformerEncoder
from benchmark.tasks import HEADS, Task
from methods.vnaw.augmentation import augmented, kept_frames
from methods.vnaw.backbones import BACKBONES, FeatureLayer
from methods.vnaw.consistency import DIVERGENCES
from methods.vnaw.weighting import growth, noise_aware_weights

#: Type of loss -> weights of cross-entropy, of the noise-aware term and of the divergence (code: NLA, NAW, jsd, None).
LOSSES: Final[dict[str, tuple[float, float, float]]] = {
    "nla": (0.5, 0.5, 0.4),
    "naw": (1.0, 0.4, 0.0),
    "jsd": (1.0, 0.0, 0.5),
    "cross_entropy": (1.0, 0.0, 0.0),
}
#: Images that go through the backbone at a time: the small one is twice as fast while its activations stay in cache,
#: and without a gradient memory does not grow with the window.
CHUNK: Final = 64


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("expr") and a stream ``face`` of crops; ``options`` as in ``Vnaw``.

    Raises:
        UserError: the task is not ``expr``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "expr":
        raise UserError(f'vnaw recognises expressions only, not "{task.key}"; use --task expr')
    return Vnaw(dims["face"], **options)


class Vnaw(nn.Module):
    """The expression of each frame from the crops of a clip."""

    grown: Tensor

    def __init__(
        self,
        side: int,
        *,
        backbone: str = "swin",
        learns: Sequence[str] | None = None,
        features: int | None = 512,
        width: int = 512,
        layers: int = 4,
        heads: int = 1,
        feed_forward: int = 512,
        dropout: float = 0.6,
        norm_first: bool = False,
        deviations: bool = False,
        input_dropout: float = 0.0,
        loss: str = "nla",
        detach_weights: bool = False,
        class_weights: Sequence[float] | None = None,
        divergence: str = "jensen_shannon",
        drop_frames: Sequence[float] = (0.2, 0.4),
        erase: float = 0.2,
        recolour: bool = True,
    ) -> None:
        """Build the parts.

        Args:
            side: of the crops in pixels.
            backbone: one of ``backbones.BACKBONES``.
            learns: parts of the backbone that learn; all if not given.
            features: width of the feature layer after the backbone; its norm alone if not given.
            width, layers, heads, feed_forward, dropout, norm_first: of the temporal Transformer.
            deviations: also read the features less their mean over the clip.
            input_dropout: share of the features that a training step does not see.
            loss: one of ``LOSSES``.
            detach_weights: whether the noise-aware weights are constants for the gradient.
            class_weights: weight of each expression in both cross-entropies; even if not given.
            divergence: one of ``consistency.DIVERGENCES``.
            drop_frames: lowest and highest share of frames that a training clip loses.
            erase: share of the pixels that a training clip loses, at the same place in every frame.
            recolour: whether a training clip gets one of the operations on colours.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        for option, value, known in (
            ("backbone", backbone, BACKBONES), ("loss", loss, LOSSES), ("divergence", divergence, DIVERGENCES),
        ):  # fmt: skip
            if value not in known:
                raise unknown_name(f"value of model.{option}", str(value), known)
        if width % heads:
            raise UserError(f"model.heads is {heads}, which does not divide model.width, {width}; choose another.")
        rates = tuple(drop_frames)
        if len(rates) != 2 or not 0 <= rates[0] <= rates[1] < 1 or not 0 <= erase < 1:
            raise UserError(
                f"model.drop_frames is {list(drop_frames)} and model.erase {erase}; expected two shares in order "
                "and one share, from 0 to below 1."
            )
        self.side, self.loss_kind, self.detach_weights = side, loss, detach_weights
        self.diverge, self.deviations = DIVERGENCES[divergence], deviations
        self.class_weights = class_weights
        self.drop_frames, self.erase, self.recolour = rates, erase, recolour
        self.backbone = BACKBONES[backbone]()
        self.learns = tuple(f"backbone.{part}" for part in ([""] if learns is None else learns))
        for prefix in self.learns:
            if not any(name.startswith(prefix) for name, _ in self.named_parameters()):
                raise UserError(f'model.learns names "{prefix[9:]}", which the backbone {backbone} does not have.')
        self.feature = FeatureLayer(self.backbone.dim, features)
        self.input_drop = nn.Dropout(input_dropout)
        self.project = nn.Linear(self.feature.out * (2 if deviations else 1), width)
        self.temporal = TransformerEncoder(width, layers, heads, feed_forward, dropout, norm_first)
        self.classifier = nn.Linear(width, HEADS["expr"].width)
        self.register_buffer("grown", torch.tensor(growth(0.0)))

    def stages(self) -> tuple[Stage, ...]:
        """One: the clip's part and what ``learns`` names of the backbone, end to end."""
        return (Stage("train", trainable=(*self.learns, "feature.", "project.", "temporal.", "classifier.")),)

    def progress(self, share: float) -> None:
        """Turn the spread of the weights as ``share`` of the epochs is over."""
        self.grown.fill_(growth(share))

    def forward(self, batch: Batch) -> Outputs:
        """Predict the logits (B, T, 8) of every frame.

        In training, extras hold ``kept`` (B, T) bool, the frames that were seen, and, for losses with a divergence,
        ``flipped`` (B, T, 8), the logits of the mirrored clip.
        """
        face, mask = batch.streams["face"], batch.frame_mask
        if not self.training:
            return Outputs({"expr": self._clip(self._features(face.values[face.mask], face.mask), batch, mask)})
        kept = kept_frames(mask, self.drop_frames)
        seen = face.mask & kept
        images = augmented(face.values, seen, self.erase, self.recolour)
        if not LOSSES[self.loss_kind][2]:
            return Outputs({"expr": self._clip(self._features(images, seen), batch, kept)}, {"kept": kept})
        both = torch.cat([seen, seen])
        features = self._features(torch.cat([images, images.flip(-1)]), both)
        straight, mirrored = (self._clip(part, batch, kept) for part in features.chunk(2))
        return Outputs({"expr": straight}, {"kept": kept, "flipped": mirrored})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``cross_entropy``, ``noise_aware`` and ``divergence`` with the weights of ``LOSSES``, where they have one.

        The first two are means over the valid frames that were seen, the last over all that were seen; without a
        mirrored clip there is no divergence.
        """
        logits, target = outputs.heads["expr"], batch.labels["expr"]
        seen = outputs.extras.get("kept", batch.frame_mask)
        counted = batch.valid["expr"] & seen
        chosen, label = logits[counted].float(), target[counted]
        each = functional.cross_entropy(chosen, label, reduction="none")
        if self.class_weights is not None:
            each = each * torch.tensor(self.class_weights, device=each.device)[label]
        weights = noise_aware_weights(chosen, label, float(self.grown))
        if self.detach_weights:
            weights = weights.detach()
        plain, aware, apart = LOSSES[self.loss_kind]
        nothing = logits.sum() * 0.0  # a connected zero where no frame counts
        terms = {"cross_entropy": plain * _mean(each, nothing)}
        if aware:
            terms["noise_aware"] = aware * _mean(weights * each, nothing)
        if apart and "flipped" in outputs.extras:
            flipped = outputs.extras["flipped"][seen].float()
            terms["divergence"] = apart * _mean(self.diverge(logits[seen].float(), flipped), nothing)
        return terms

    def label_trust(self, outputs: Outputs, batch: Batch) -> dict[str, Tensor]:
        """How far the loss believes each label: the noise-aware weight (B, T) in (0, 1], whatever loss is trained."""
        return {"expr": noise_aware_weights(outputs.heads["expr"], batch.labels["expr"], float(self.grown))}

    def _features(self, images: Tensor, seen: Tensor) -> Tensor:
        """Features of the N frames that were seen: (N, 3, H, W) and (B, T) -> (B, T, features), zero elsewhere."""
        parts = [self.backbone(part.float()) for part in images.split(CHUNK)] if len(images) else []
        features = torch.zeros(*seen.shape, self.feature.out, device=seen.device)
        if not parts:
            return features
        return features.masked_scatter(seen.unsqueeze(-1), self.feature(torch.cat(parts)).float())

    def _clip(self, features: Tensor, batch: Batch, mask: Tensor) -> Tensor:
        """Logits (B, T, 8) from features (B, T, D); a frame without a face takes those of the nearest (code)."""
        face = batch.streams["face"]
        seen = face.mask & mask
        values = nearest(Stream(features, face.times, seen), batch.frame_times, mask, torch.inf).values
        shown = with_deviation(values, mask) if self.deviations else values
        hidden = self.temporal(self.project(self.input_drop(shown)), mask)
        logits: Tensor = self.classifier(hidden)
        return logits


def _mean(values: Tensor, nothing: Tensor) -> Tensor:
    return values.mean() if len(values) else nothing
