"""Facts about "Interactive Multimodal Fusion with Temporal Modeling", from its abstract and its released code."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, StreamNeed

CARD = Card(
    key="tcn_xattn",
    title="TCN + cross-attention",
    summary="Three TCNs a modality; the face attends to two views of the sound and a gate weighs what it hears.",
    paper=Paper(
        title="Interactive Multimodal Fusion with Temporal Modeling",
        authors="Yu, Wang, Wang, Zheng, Xu",
        venue="CVPR Workshops (8th ABAW), pp. 5708-5715",
        year=2025,
        arxiv="2503.10523",
        code="https://github.com/wangyq123/abaw8",
        access="abstract and code; the code is incomplete and does not run",
    ),
    tasks=("va",),
    streams=(
        StreamNeed("face", "ResNet-50 IR (MS-Celeb-1M, then FER+) on 48 px crops cut to 40, 512 features"),
        StreamNeed("audio_vggish", "VGGish, one 0.96 s patch a frame, 128 features"),
        StreamNeed("audio_logmel", "log-mel patches of 96 x 64, in the code through VGGish again, 128 features"),
    ),
    published=(),  # no CCC could be read: it is neither in the abstract nor in the code
    deviations=(
        Deviation(
            "the fusion of the released code is repaired",
            "model.py cannot run: misspelt arguments (hiudden_dim, nm_heads), undefined attn_out and output, a query "
            "of "
            "64 features for an attention of 256, a regressor that expects 512 features and is given 256, two modules "
            "that are not in the repository",
            "the declared but unused projection maps the face to 256; attn_out is the mean of the two attentions; the "
            "regressor reads that mean beside the gated sum, which makes its 512 features; tanh is of the regressor's "
            "output; each is the reading that needs the fewest changes (inferred)",
        ),
        Deviation(
            "cross-attention and gate, not concatenation, are the default (model.fusion)",
            "the abstract says that features are concatenated and regressed; the code has attention and gate",
            "preset paper follows the code, which is the only full description; model.fusion=concatenation is the "
            "abstract",
        ),
        Deviation(
            "an audio stream is projected once, not concatenated with itself first",
            "a linear map of the same 128 numbers twice is a linear map of them once",
            "none on what can be computed; half the weights in that layer",
        ),
        Deviation(
            "the second audio stream is the log-mel patch itself, averaged to 8 x 16 cells",
            "the code sends the patch through the same frozen VGGish that made the first stream, so both streams would "
            "hold the same 128 numbers",
            "the two streams differ, as the abstract's log-mel and VGGish features should; "
            "streams.audio_logmel=vggish gives the released behaviour",
        ),
        Deviation(
            "backbones stay frozen, without augmentation",
            "features are encoded once; the code releases three groups of the ResNet's layers one after the other, "
            "with "
            "random crops and flips",
            "lower scores than end-to-end fine-tuning on real data (expected, not measured)",
        ),
        Deviation(
            "eGeMAPS and MFCC are not read",
            "the code's default list names them, but its model takes three inputs only",
            "none: the model could not have used them",
        ),
        Deviation(
            "no batch or layer norm over modalities",
            "the code declares a LayerNorm of [3, 64] and never calls it",
            "none",
        ),
        Deviation(
            "CCC with population moments, windows without two valid frames left out",
            "the challenge scores the population form; the loss module is not in the repository, and the same group's "
            "of ABAW6 divides variances by n - 1 and masks nothing",
            "a factor of (n - 1) / n on variances",
        ),
        Deviation(
            "one run on the official split",
            "the entry trains six folds over training and validation videos and averages them after centring each; "
            "with the official validation split as one of the six",
            "an ensemble of six is stronger and cannot be scored on the validation split",
        ),
        Deviation(
            "the best weights are kept to the end instead of being reloaded after every epoch",
            "the engine's early stopping; the code reloads them before each epoch and stops its plateau schedule at "
            "1e-6",
            "small",
        ),
        Deviation(
            "missing frames of a stream have a learned stand-in",
            "the code assumes that all are there and reads black images or zeros",
            "any stream may be missing; an audio stream that is missing altogether is heard as exactly nothing",
        ),
        Deviation(
            "preset affrig is small and not causal, standardises features, adds their deviation from the window's "
            "mean, drops a share of them in training and adds a squared error (model.mse_weight)",
            "75 synthetic trials of a few seconds; in many V and A hardly move, so that the CCC of a window alone says "
            "little; chosen on inner folds of the training videos",
            "its scores say nothing about the paper's model; preset paper has none of these",
        ),
    ),
    ablations={
        "model.fusion": ("cross_attention", "concatenation"),
        "model.kernels": ([3, 5, 7], 3, 5, 7),
        "model.modalities": (
            ["face", "audio_vggish", "audio_logmel"],
            ["face", "audio_vggish"],
            ["face", "audio_logmel"],
            ["audio_vggish", "audio_logmel"],
            ["face"],
        ),
        "model.loss": ("window", "pooled"),
        "model.causal": (False, True),
    },
)
