"""Facts about "V-NAW", from its abstract, a summary of its text and its released code."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, StreamNeed

CARD = Card(
    key="vnaw",
    title="V-NAW",
    summary="Weighs each frame's label by how plausible it looks, and makes the frames of a clip less alike.",
    paper=Paper(
        title="V-NAW: Video-based Noise-aware Adaptive Weighting for Facial Expression Recognition",
        authors="Lee, Lee, Park, Kim, Nam",
        venue="CVPR Workshops (8th ABAW)",
        year=2025,
        arxiv="2503.15970",
        code="https://github.com/jungyu0413/V-NAW",
        access="abstract, a summary of the text, and code; the configuration file is not in the repository",
    ),
    tasks=("expr",),
    streams=(StreamNeed("face", "Swin Transformer (2-2-6-2, 96) on 112 px crops, pre-trained on static expressions"),),
    published=(),  # its tables are pictures that could not be read; a summary says "13.86 % above the baseline's F1"
    deviations=(
        Deviation(
            "preset paper starts at random",
            "the backbone's weights (swin_best_mean.pth, noise-aware training on static expressions) are not released",
            "far lower scores than the paper's on real data (expected, not measured)",
        ),
        Deviation(
            "invalid labels do not count, and labels are not copied to frames without a face",
            "the code trains on -1 as class Other and gives a frame without a face the label of its neighbour; the "
            "challenge leaves -1 out",
            "fewer frames of class Other, and no label that nobody gave",
        ),
        Deviation(
            "the divergence is Jensen-Shannon's and a mean over frames (model.divergence)",
            "the code's middle is the softmax of the mean logits, each side is told from it in the other direction, "
            "and it is summed over all frames of a batch, so that its weight grows with the batch",
            "a far weaker pull; model.divergence=released gives the code's formula, still as a mean over frames",
        ),
        Deviation(
            "clip-consistent erasing is one rectangle of 20 % of the pixels, black in every frame",
            "the text says that 20 % of the pixels at the same positions are erased, not in which shape; the released "
            "loader cuts a square of random size from single frames instead, and its erasing is commented out",
            "inferred; model.erase=0 turns it off",
        ),
        Deviation(
            "dropped frames are neither encoded nor attended to, and their labels do not count",
            "the text drops 20 to 40 % of a clip's frames by a Bernoulli mask; the released code has no such step",
            "inferred; one rate is drawn for each clip; two thirds of the cost of a training step",
        ),
        Deviation(
            "clips are not stretched in time",
            "the code resamples 60 to 140 frames to 100 by the nearest, images and labels alike, which the engine's "
            "windows do not do",
            "less variety of speeds in training",
        ),
        Deviation(
            "no sampler against imbalance; preset affrig weighs classes by the inverse root of their counts instead",
            "the code draws clips by the label of their first frame; here every clip of an epoch is drawn alike",
            "preset paper sees rare expressions as rarely as they are",
        ),
        Deviation(
            "the learning rate of preset paper is constant",
            "the code's cosine with a period of two epochs swings between 1e-4 and 1e-5",
            "twice the mean rate",
        ),
        Deviation(
            "batch norm over observed frames, GELU and no key bias in the temporal layers",
            "the shared layers; with torch's own a window would depend on padding",
            "small; the key bias has no effect on what is computed",
        ),
        Deviation(
            "validation is every frame, by windows of 100 with half an overlap",
            "the code scores random clips, so that its numbers change from one time to the next",
            "comparable numbers (inferred hop)",
        ),
        Deviation(
            "preset affrig learns only the last block of a small pre-trained net, on 80 px crops, and reads deviations "
            "from the clip's mean",
            "two cores and four minutes; 46 clips, whose people would be learnt by heart",
            "the lower blocks see newly mirrored, erased and recoloured pixels in each epoch, but stay as published; "
            "model.learns=null trains them too",
        ),
    ),
    ablations={
        "model.loss": ("nla", "jsd", "naw", "cross_entropy"),
        "model.detach_weights": (False, True),
        "model.drop_frames": ([0.2, 0.4], [0.0, 0.0]),
        "model.erase": (0.2, 0.0),
        "model.divergence": ("jensen_shannon", "released"),
    },
)
