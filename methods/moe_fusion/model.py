"""Three branches, each trained alone, and a fusion of what they export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs, Stage
from benchmark.errors import UserError, unknown_name
from benchmark.tasks import Task
from methods.moe_fusion.audio import AudioBranch, seconds_of
from methods.moe_fusion.behaviour import BehaviourBranch
from methods.moe_fusion.branch import Exported
from methods.moe_fusion.crossing import Position
from methods.moe_fusion.face import FaceBranch
from methods.moe_fusion.losses import WEIGHTS, affect_terms
from methods.moe_fusion.mixture import DirectedMixture, Router
from methods.moe_fusion.mouth import SpeechFilter
from methods.moe_fusion.released import ReleasedFusion
from methods.moe_fusion.reliability import ReliabilityFusion
from methods.moe_fusion.steps import to_steps

Fusion = Literal["dcmmoe", "raav", "transformer"]
MODALITIES: Final = ("face", "behaviour", "audio")
MOUTH: Final = "face_mouth"
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "fusion": ("dcmmoe", "raav", "transformer"),
    "router": ("learned", "uniform"),
    "position": ("every", "once"),
    "face_ccc": ("window", "batch"),
}


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("va") and streams of ``dims`` features; ``options`` as in ``MoeFusion``.

    Raises:
        UserError: the task is not ``va``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "va":
        raise UserError(f'moe_fusion predicts valence and arousal only, not "{task.key}"; use --task va')
    return MoeFusion(dims, **options)


class MoeFusion(nn.Module):
    """Valence and arousal of each frame from face, behaviour and audio."""

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        modalities: Sequence[str] | str = MODALITIES,
        width: int = 256,
        position: Position = "every",
        face_layers: int = 5,
        face_heads: int = 8,
        face_dropout: float = 0.1,
        face_ccc: Literal["window", "batch"] = "window",
        behaviour_layers: int = 12,
        behaviour_states: int = 8,
        behaviour_kernel: int = 5,
        behaviour_dropout: float = 0.2,
        audio_attention: int = 128,
        audio_dropout: float = 0.2,
        audio_filter: bool = True,
        mouth_threshold: float = 0.06,
        face_coverage: float = 0.8,
        fusion: Fusion = "dcmmoe",
        fusion_layers: int = 1,
        fusion_heads: int = 8,
        fusion_feed_forward: int = 256,
        fusion_dropout: float = 0.1,
        router: Router = "learned",
        mask_missing: bool = True,
        audio_latents: int = 4,
        deviations: bool = False,
        input_dropout: float = 0.0,
        staged: bool = True,
        stages: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        """Build branches and fusion.

        Args:
            dims: stream name -> feature width; ``face_mouth`` is needed by the filter.
            modalities: which of face, behaviour and audio are read; one may be written without a list.
            width: of all embeddings and tokens.
            position: whether the face branch adds its positional encoding in every layer or once.
            face_layers, face_heads, face_dropout: of the face branch.
            face_ccc: whether the face branch's loss takes the CCC in each window or over the batch.
            behaviour_layers, behaviour_states, behaviour_kernel, behaviour_dropout: of the Mamba blocks.
            audio_attention, audio_dropout: hidden width of the pooling's scores, dropout of the audio branch.
            audio_filter: whether audio only counts where the mouth moves and the face is there.
            mouth_threshold, face_coverage: see ``SpeechFilter``.
            fusion: ``dcmmoe`` (experts), ``raav`` (gates) or ``transformer`` (what was released as DCMMOE).
            fusion_layers: Transformer layers after the mixture or the gates; all layers of ``transformer``.
            fusion_heads, fusion_feed_forward, fusion_dropout: of the fusion; ``transformer`` has ``width`` as its
                feed-forward width.
            router, mask_missing: see ``DirectedMixture``.
            audio_latents: see ``ReliabilityFusion``.
            deviations, input_dropout: see ``Inputs``; deviations are for face and audio, segments are too few.
            staged: whether branches are trained one after the other and frozen for the fusion, or all at once. The
                fusion never trains the branches: what they export carries no gradient.
            stages: stage -> settings of the preset's ``training`` section that differ in it.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        given = {"fusion": fusion, "router": router, "position": position, "face_ccc": face_ccc}
        for option, value in given.items():
            if value not in _CHOICES[option]:
                raise unknown_name(f"value of model.{option}", value, _CHOICES[option])
        names = _known_modalities([modalities] if isinstance(modalities, str) else modalities, dims)
        for option, heads in (("face_heads", face_heads), ("fusion_heads", fusion_heads)):
            if width % heads:
                raise UserError(f"model.{option} is {heads}, which does not divide model.width, {width}")
        if fusion == "raav" and names == ["audio"]:
            raise UserError("model.fusion=raav weighs frames of face and behaviour; add one to model.modalities")
        self.settings, self.staged, self.stage = _stage_settings(stages or {}, names), staged, ""
        self.filter = SpeechFilter(mouth_threshold, face_coverage) if audio_filter and "audio" in names else None
        if self.filter and MOUTH not in dims:
            raise UserError(
                f"model.audio_filter needs the stream {MOUTH}; add it or use --set model.audio_filter=false"
            )
        self.weights = {name: WEIGHTS[name] for name in names}
        self.weights["fusion"] = WEIGHTS["transformer" if fusion == "transformer" else "fusion"]
        if "face" in names:
            self.weights["face"] = replace(WEIGHTS["face"], by_window=face_ccc == "window")
        self.branches = nn.ModuleDict()
        if "face" in names:
            self.branches["face"] = FaceBranch(
                dims["face"], width, face_layers, face_heads, position, face_dropout, deviations, input_dropout
            )
        if "behaviour" in names:
            self.branches["behaviour"] = BehaviourBranch(
                dims["behaviour"], width, behaviour_layers, behaviour_states, behaviour_kernel, behaviour_dropout,
                input_dropout,
            )  # fmt: skip
        if "audio" in names:
            self.branches["audio"] = AudioBranch(
                dims["audio"], width, audio_attention, audio_dropout, deviations, input_dropout
            )
        self.fusion: DirectedMixture | ReliabilityFusion | ReleasedFusion
        if fusion == "dcmmoe":
            self.fusion = DirectedMixture(
                names, width, fusion_layers, fusion_heads, fusion_feed_forward, fusion_dropout, router, mask_missing
            )
        elif fusion == "raav":
            self.fusion = ReliabilityFusion(
                names, width, fusion_layers, fusion_heads, fusion_feed_forward, audio_latents, fusion_dropout
            )
        else:
            self.fusion = ReleasedFusion(names, width, fusion_layers, fusion_heads, position, fusion_dropout)

    def stages(self) -> tuple[Stage, ...]:
        """Each branch alone, then the fusion on frozen branches; or everything at once."""
        if not self.staged:
            return (Stage("joint", self.settings.get("fusion", {})),)
        prefixes = {name: f"branches.{name}." for name in self.branches} | {"fusion": "fusion."}
        return tuple(Stage(name, self.settings.get(name, {}), (prefix,)) for name, prefix in prefixes.items())

    def enter(self, stage: str) -> None:
        """Go to a stage: a branch's makes the network predict with it alone."""
        self.stage = "" if stage == "joint" else stage

    def train(self, mode: bool = True) -> MoeFusion:
        """As in ``nn.Module``, but frozen branches do not drop anything out in the fusion's stage."""
        super().train(mode)
        if self.stage == "fusion":
            self.branches.eval()
        return self

    def diagnostics(self) -> tuple[str, ...]:
        """Names of the extras that are worth showing: (B, T) each, NaN where they do not apply."""
        return self.fusion.diagnostics()

    def forward(self, batch: Batch) -> Outputs:
        """V and A (B, T, 2) of the stage's branch, or of the fusion; the extras are listed in ``diagnostics``."""
        mask = batch.frame_mask
        times = torch.where(mask, batch.frame_times, 0.0)
        if self.stage in self.branches:
            exported = self._export(self.stage, batch, times)
            return Outputs({"va": exported.affect}, _steps(self.stage, exported))
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.stage != "fusion"):
            branches = {name: self._export(name, batch, times) for name in self.branches}
        streams = {n: torch.cat([e.embedding, e.affect], dim=-1).detach() for n, e in branches.items()}
        covered = {name: exported.covered for name, exported in branches.items()}
        if isinstance(self.fusion, ReliabilityFusion):
            audio = branches.get("audio")
            heard = torch.cat([audio.step_embedding, audio.step_affect], dim=-1).detach() if audio else None
            affect, shown = self.fusion(streams, covered, heard, audio.step_mask if audio else None, mask)
        else:
            affect, shown = self.fusion(streams, covered, times, mask)
        extras = dict(shown)
        for name, exported in branches.items():
            extras |= _steps(name, exported)
        return Outputs({"va": affect}, extras)

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """Terms of the stage; without a stage those of all branches and of the fusion."""
        labels, valid = batch.labels["va"], batch.valid["va"]
        terms: Losses = {}
        for name in self.branches:
            if self.stage in ("", name):
                target, counted = to_steps(labels, valid, outputs.extras[f"{name} frames"])
                counted = counted & outputs.extras[f"{name} mask"]
                terms |= affect_terms(name, self.weights[name], outputs.extras[f"{name} steps"], target, counted)
        if self.stage in ("", "fusion"):
            terms |= affect_terms("fusion", self.weights["fusion"], outputs.heads["va"], labels, valid)
        return terms

    def _export(self, name: str, batch: Batch, times: Tensor) -> Exported:
        inputs = [batch.streams[name], times, batch.frame_mask]
        if name == "audio":
            centres = seconds_of(times, batch.frame_mask)
            usable = torch.ones_like(centres, dtype=torch.bool)
            if self.filter:
                usable = self.filter(batch.streams[MOUTH], times, batch.frame_mask, centres)
            inputs.append(usable)
        exported: Exported = self.branches[name](*inputs)
        return exported


def _steps(name: str, exported: Exported) -> dict[str, Tensor]:
    return {
        f"{name} steps": exported.step_affect,
        f"{name} mask": exported.step_mask,
        f"{name} frames": exported.membership,
    }


def _known_modalities(modalities: Sequence[str], dims: Mapping[str, int]) -> list[str]:
    if not modalities:
        raise UserError(f"model.modalities is empty; name at least one of {', '.join(MODALITIES)}")
    for name in modalities:
        if name not in MODALITIES:
            raise unknown_name("value in model.modalities", name, MODALITIES)
        if name not in dims:
            raise UserError(
                f'model.modalities names "{name}", but the preset has no such stream (it has '
                f"{', '.join(sorted(dims))}); add it under streams"
            )
    return [name for name in MODALITIES if name in modalities]


def _stage_settings(
    stages: Mapping[str, Mapping[str, object]], names: Sequence[str]
) -> dict[str, Mapping[str, object]]:
    known = (*MODALITIES, "fusion")
    for name in stages:
        if name not in known:
            raise unknown_name("stage in model.stages", name, known)
    return {name: settings for name, settings in stages.items() if name in (*names, "fusion")}
