"""Facts about the soft-prompt entry, from its abstract and its released code."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, StreamNeed

CARD = Card(
    key="soft_prompt",
    title="Soft prompts",
    summary="Nine regions of the valence-arousal plane are described in words, and a label belongs to each by its "
    "distance; face and sound meet in cross-attention and then in a gate.",
    paper=Paper(
        title="Distance-aware soft prompt learning for multimodal valence-arousal estimation",
        authors="Jung, Park, Lim",
        venue="10th ABAW",
        year=2026,
        arxiv="2603.13415",
        code="https://github.com/byeongjin1/abaw10th_imlab-va-",
        access="abstract and code",
    ),
    tasks=("va",),
    streams=(
        StreamNeed("face", "CLIP ViT-B/16 (OpenAI weights), 512 projected features a frame, frozen"),
        StreamNeed("audio", "AST (AudioSet, 10-10-0.4593) over 10 s of 16 kHz sound, 768 features a token, frozen"),
    ),
    published=(),  # the tables could not be read; the abstract says "competitive"
    deviations=(
        Deviation(
            "the region head reads the temporal face feature through a learned linear map into the text space",
            "in the released configuration it reads the raw CLIP feature, CLIP is frozen and the prompts are fixed: "
            "the KL term reaches no weight that trains, and the model is the same with and without it",
            "the KL term shapes the face branch; model.frozen_prompts=true restores the released configuration, in "
            "which it only adds to the logged loss",
        ),
        Deviation(
            "the temporal model of preset paper is the GRU",
            "the abstract says GRU; the released configuration is the TCN",
            "model.temporal=tcn gives the released one",
        ),
        Deviation(
            "every frame is predicted, each from its own clip, and the clips of a window share its aligned features",
            "the entry takes the last 10 s before a target frame as a sample, trains on a target every 3 s, leaves "
            "out targets before 10 s and infers every frame; the harness asks for every frame of a window",
            "same clip (20 steps over [t - 10 s, t]) for every frame; where a clip reaches beyond the window, the "
            "window's first frame stands in; with windows of 20 s and a hop of 10 s, frames are averaged over a "
            "prediction from a full clip and one from a shorter one. model.causal=false puts clips around the frame, "
            "as an offline benchmark allows; the CCC of the loss is over all frames of 16 windows instead of 16 "
            "targets",
        ),
        Deviation(
            "sound steps are averages over frequency and time, 40 in a clip",
            "the code runs its temporal model over 1213 tokens of a 12 x 101 grid in raster order, frequency before "
            "time, so that neighbours in the sequence are mostly not neighbours in time; and AST would have to run "
            "anew for every frame",
            "the sequence is a sequence in time, and each second of sound is encoded twice instead of 300 times; "
            "causal clips see up to a quarter of a second of sound after their frame, and AST its 10 s window",
        ),
        Deviation(
            "AST gets the filter bank of its own feature extractor (10 ms a frame)",
            "the code computes mel frames of 32 ms (n_fft 1024, hop 512), so that 10 s fill 313 of the 1024 frames, "
            "and scales each sample by its own mean and deviation; the weights were trained with the former",
            "features as AST's authors meant them; not compared",
        ),
        Deviation(
            "crops are scaled by the mean and deviation that belong to CLIP's weights",
            "the code uses ImageNet's for CLIP",
            "features as CLIP's authors meant them; not compared",
        ),
        Deviation(
            "the gate weighs the attended sequence against the face (model.gate_with)",
            "the code passes the face sequence where its argument is named audio; the abstract does not say",
            "follows the code; model.gate_with=audio is what the name suggests",
        ),
        Deviation(
            "a missing face or sound is zeros, is never attended to, and adds no KL term",
            "the code fills frames without a face from the previous or next prediction and has no rule for silence",
            "a gap of less than half a second is bridged by interpolation, a longer one leaves the other modality",
        ),
        Deviation(
            "the checkpoint is chosen by inner folds of the training videos, not by a tolerance of 1e-4",
            "protocol of this benchmark",
            "patience of 5 epochs as in the code",
        ),
        Deviation(
            "preset affrig is small: width 32, clips of 2 s around the frame, 8 steps",
            "it has to train in under three minutes on two CPU cores, and its trials last three seconds",
            "its scores say nothing about the paper's model",
        ),
        Deviation(
            "preset affrig takes its prototypes from a list of affect words, and the face feature is mapped there",
            "offline there is no CLIP; the face encoder and the word list share no space, so the map is all there is, "
            "and with model.frozen_prompts=true a fixed random map stands for it",
            "the geometry of the nine descriptions is kept (neighbours in the plane are neighbours in the text space), "
            "what CLIP knows of faces is not",
        ),
        Deviation(
            "preset affrig standardises features, adds their deviation from the window's mean and drops a share of "
            "them in training (model.deviations, model.input_dropout); cosine schedule with warm-up, clipping at 1",
            "75 synthetic trials of few people",
            "off in preset paper",
        ),
    ),
    ablations={
        "model.labels": ("distance", "hard"),
        "model.frozen_prompts": (False, True),
        "model.kl_weight": (0.2, 0.0),
        "model.sigma": (0.45, 0.3, 0.7),
        "model.fusion": ("cross_attn_gated", "cross_attn", "gated"),
        "model.gate_with": ("image", "audio"),
        "model.temporal": ("gru", "tcn"),
        "model.causal": (False, True),
    },
)
