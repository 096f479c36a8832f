"""Facts about the HGA and state space entry; its paper was readable in abstract only."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, Published, StreamNeed

CARD = Card(
    key="hga_mamba",
    title="HGA and Vision Mamba",
    summary="The whole face asks its most active patches, Vision Mamba runs over time, and sight asks sound.",
    paper=Paper(
        title="Hierarchical Granularity Alignment and State Space Modeling for Robust Multimodal AU Detection in "
        "the Wild",
        authors="Yu, Zhang, Zheng, Zhu, Wang",
        venue="arXiv (10th ABAW)",
        year=2026,
        arxiv="2603.11306",
        access="abstract",
    ),
    tasks=("au",),
    streams=(
        StreamNeed("face", "DINOv2, class token and patch tokens; size and fine-tuning unknown"),
        StreamNeed("audio", "WavLM; size unknown"),
    ),
    published=(
        Published(
            "au",
            "test",
            "score",
            0.51,
            "notes on the overview of the 10th ABAW",
            note="first place of the authors' group, if this is their entry; the abstract has no number",
        ),
    ),
    deviations=(
        Deviation(
            "only the abstract could be read",
            "the text was not reachable and there is no code",
            "what the named parts are made of is inferred; a gap to the published score says nothing about the paper",
        ),
        Deviation(
            "granularity alignment: the global token asks its k most similar patches, a gate adds both, and a cosine "
            "term of weight .1 keeps them together",
            "the abstract says that global semantics are aligned with local active patches, and not how; 'active' is "
            "read as similar to the global token",
            "inferred; model.alignment=false reads the global token alone, model.alignment_weight=0 drops the term",
        ),
        Deviation(
            "patches are pooled before they are kept: 8 x 8 of DINOv2's 16 x 16",
            "all 256 patches of ViT-L take 526,336 bytes a frame in float16, 1.42 TB for the 2.7 million frames of "
            "Aff-Wild2; 8 x 8 take 133,120 (359 GB), 4 x 4 (dinov2_large_grid4 with model.tokens=17) 34,816 (94 GB)",
            "16 active patches of 64 are each as large as 4 of the paper's",
        ),
        Deviation(
            "Vision Mamba: both scans share their projections, as in 2401.09417, over frames instead of patches",
            "the abstract names it for time and says no more; widths are those of Mamba-VA (arXiv 2503.10104)",
            "inferred; model.temporal has the TCN that it is said to replace, and none",
        ),
        Deviation(
            "asymmetric cross-attention: visual queries, audio keys and values, a gated residual",
            "the abstract has the name and the purpose only",
            "inferred; model.audio=symmetric also lets sound ask sight and concatenates both, none reads no sound",
        ),
        Deviation(
            "cross-entropy weighted on the positive side with the weights that other entries published",
            "the abstract does not give the loss; the group's earlier code weights both sides of a unit",
            "inferred; the numbers are about negatives over positives, which is what a positive weight should be",
        ),
        Deviation(
            "DINOv2 ViT-L/14 and WavLM large, frozen, last hidden states",
            "the abstract names the families; sizes are those of other entries of the year",
            "sound is averaged around each frame with a deviation of .1 s",
        ),
        Deviation(
            "a learned token takes the place of a face within .3 s of its last observation, and frames know their time "
            "by sines of seconds",
            "the abstract has neither; attention between the modalities needs time, a lost face is no face",
            "inferred",
        ),
        Deviation(
            "preset affrig is small, reads standardised features and their deviation from the window's mean, and drops "
            "a share of them in training",
            "it has to train in minutes on two CPU cores, from 60 synthetic trials",
            "its scores say nothing about the paper's model",
        ),
    ),
    ablations={
        "model.alignment": (True, False),
        "model.top_k": (6, 1, 3, 16),
        "model.alignment_weight": (0.1, 0.0),
        "model.temporal": ("mamba", "tcn", "none"),
        "model.audio": ("asymmetric", "symmetric", "none"),
    },
)
