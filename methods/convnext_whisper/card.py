"""Facts about the ConvNeXt and Whisper entry, from its abstract and its group's repository."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, StreamNeed

CARD = Card(
    key="convnext_whisper",
    title="ConvNeXt + Whisper",
    summary="Frozen image and speech features meet in a Transformer encoder; an MLP tells twelve action units.",
    paper=Paper(
        title="Solution for 8th Competition on Affective & Behavior Analysis in-the-wild",
        authors="Yu, Zhang, Lu, Zheng, Wang, Zhu",
        venue="arXiv (8th ABAW)",
        year=2025,
        arxiv="2503.11115",
        code="https://github.com/anka-22/ABAW8_AU_detection",
        access="abstract, summaries by others, and a repository of the group in which the two backbones are not wired",
    ),
    tasks=("au",),
    streams=(
        StreamNeed("face", "ConvNeXt on crops; size not known, Tiny (768 features) taken"),
        StreamNeed("audio", "Whisper's encoder on the log-mel spectrogram; size not known, base (512 features) taken"),
    ),
    # A summary speaks of F1 "in the mid-50s" over six folds; the number in a checkpoint's name in the repository is of
    # the group's ABAW6 entry. Neither is a result of this paper that could be cited.
    published=(),
    deviations=(
        Deviation(
            "sizes of both backbones, and how their features become frames, are chosen",
            "the abstract names ConvNeXt and Whisper only; the file in the repository has the defaults of Tiny, and "
            "its "
            "Whisper is not imported",
            "ConvNeXt-T, Whisper base, steps of 20 ms averaged around each frame (inferred)",
        ),
        Deviation(
            "fusion and head are those of the repository",
            "the abstract says Transformer encoder and MLP; the repository's model is byte for byte that of the "
            "group's "
            "ABAW6 entry (2403.13678), with an iResNet-50 and VGGish in the place of both backbones",
            "widths, layers, heads and dropout are of that model (inferred for this paper)",
        ),
        Deviation(
            "streams are embedded by linear maps (model.tcn=false)",
            "the abstract names no temporal convolutions; the repository has a TCN for each stream and summaries "
            "mention one",
            "model.tcn=true is the repository's, with log-mel widths for the sound",
        ),
        Deviation(
            "time is added to the tokens as sines of seconds",
            "the repository's encoder has no positions; its TCNs stand for them, and without TCNs it would not know "
            "the order of frames",
            "inferred",
        ),
        Deviation(
            "a ReLU stands between the two layers of the head",
            "the repository has linear, batch norm, linear, which is one linear map; the abstract says MLP",
            "more than a linear head",
        ),
        Deviation(
            "both sides of each unit's loss are scaled by the published weights (model.weigh=units)",
            "the predecessor's code passes them as the first argument of BCEWithLogitsLoss, which is weight and not "
            "pos_weight, though their values are negatives over positives",
            "preset paper follows the code: rare units count more, but their positives no more than their negatives; "
            "model.weigh=positives is what the values are made for",
        ),
        Deviation(
            "whole windows of Whisper overlap by 10 s",
            "its encoder takes 30 s; nothing is said about longer videos",
            "every step has 5 s of context on both sides, but at the ends of the sound; what is left of the seam is "
            "the "
            "front end's clipping 8 decades below the loudest band of each window, and the position within it",
        ),
        Deviation(
            "no global and local views, cross-modal alignment or adaptive sliding window",
            "only third-party summaries mention them, without a formula; the abstract does not",
            "unknown",
        ),
        Deviation(
            "backbones stay frozen, without flips and random crops",
            "features are encoded once; the repository trains the last stage of its ResNet at half the rate",
            "lower scores than fine-tuning on real data (expected, not measured)",
        ),
        Deviation(
            "one run on the official split, gradients limited by their norm, plateau of 5 epochs and factor 0.1",
            "the repository trains six folds, limits each value to 0.5, and has patience 4 and factor 0.2; its warm-up "
            "of 1500 batches is one epoch here",
            "an ensemble of six is stronger; the rest is small",
        ),
        Deviation(
            "batch norm in the head counts present frames only, and missing streams have a learned stand-in",
            "the repository assumes that all frames are there",
            "any stream may be missing, and padding changes nothing",
        ),
        Deviation(
            "preset affrig is small, standardises features, drops a share of them in training, and has weights of its "
            "own on positives",
            "60 synthetic trials; the balance of units in affrig is not that of Aff-Wild2; chosen on inner folds of "
            "the training videos",
            "its scores say nothing about the paper's model",
        ),
    ),
    ablations={
        "model.modalities": (["face", "audio"], ["face"], ["audio"]),
        "model.fusion": ("frames", "tokens"),
        "model.layers": (1, 4, 0),
        "model.tcn": (False, True),
        "model.weights": (
            [6.3, 9.1, 3.6, 3.2, 1.9, 2.8, 2.1, 15.6, 27.1, 19.6, 0.5, 8.5],
            "published",
            "none",
        ),
        "model.weigh": ("positives", "units"),
    },
)
