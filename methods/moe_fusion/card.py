"""Facts about Team RAS's entry, from its released code and abstract."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, Published, StreamNeed

CARD = Card(
    key="moe_fusion",
    title="Team RAS",
    summary="Face, behaviour and audio branches are trained alone; directed experts or reliability gates fuse them.",
    paper=Paper(
        title="Team RAS in 10th ABAW Competition: Multimodal Valence and Arousal Estimation Approach",
        authors="Ryumina, Markitantov, Axyonov, Ryumin, Dolgushin, Dresvyanskiy, Karpov",
        venue="10th ABAW (arXiv preprint)",
        year=2026,
        arxiv="2603.13056",
        code="https://github.com/SMIL-SPCRAS/CVPRW-26",
        access="code in full and abstract",
    ),
    tasks=("va",),
    streams=(
        StreamNeed("face", "GRADA EfficientNet-B1 at 240 px, 256 features a frame, frozen"),
        StreamNeed("face_mouth", "mouth-open flags from MediaPipe's face landmarks"),
        StreamNeed("audio", "WavLM-large fine-tuned on speech emotion, 1024 features, its last 4 layers trained on"),
        StreamNeed("behaviour", "Qwen3-VL-4B-Instruct on segments of 4 s, 2560 features, frozen"),
    ),
    published=(
        Published("va", "validation", "score", 0.658, "abstract", note="best fusion; the text does not say which"),
        Published("va", "test", "score", 0.62, "papernotes summary page", note="second hand"),
    ),
    deviations=(
        Deviation(
            "experts and router of the Directed Cross-Modal Mixture-of-Experts are ours",
            "the abstract names it; the released folder of that name holds a Transformer with queries of one stream "
            "and no expert or router",
            "six experts (cross-attention, post-norm residuals, feed-forward part), one for each ordered pair, a "
            "two-layer router with a softmax in each frame, experts of a missing source left out; "
            "model.fusion=transformer is the released model (face and behaviour only), model.fusion=raav the other one",
        ),
        Deviation(
            "the mixture has the loss of the reliability-aware fusion and the training of the released Transformer",
            "neither is known for the mixture",
            "0.7 / 0.3 for valence and arousal and 0.01 of squared error; no term balances the experts",
        ),
        Deviation(
            "mouths are open where an aligned crop is dark at the mouth (encoder mouth_opening)",
            "the entry has MediaPipe's landmarks, whose model cannot be had offline; the corpus has no such stream",
            "on affrig AU labels (40 trials) the proxy separates lips apart (AU25) with an area of .76 under the ROC, "
            ".79 within a trial; on real faces it is untested, beards and hands before the mouth count as open",
        ),
        Deviation(
            "the filter judges what a window holds of the entry's 4-s windows, and seconds, not windows, are kept",
            "the harness cuts windows by frames; a second counts if one of its two windows passes, because embeddings "
            "of a second do not depend on the window here",
            "seconds at the edges of a harness window are judged by less than 4 s",
        ),
        Deviation(
            "WavLM is frozen, of microsoft/wavlm-large, and hears the whole recording in chunks of 20 s",
            "the entry starts from a fine-tuned checkpoint (3loi, MSP-Podcast), trains the last 4 layers and hears "
            "windows of 4 s; features are encoded once here",
            "lower audio scores than the entry's; no waveform augmentation (noise, gain, band limit, reverb) and no "
            "EMA of weights either, both only make sense with a trainable backbone",
        ),
        Deviation(
            "face crops are the official ones, 112 px enlarged to 240",
            "the entry detects faces with YOLO and resizes its own crops with padding",
            "less context around the face and less detail",
        ),
        Deviation(
            "the question to the video-language model is in our words, in bfloat16 on a GPU only, frames of at most "
            "448 px",
            "no text is copied; sizes of the entry follow a library's default",
            "other embeddings than the entry's, so its weights would not fit; the wording is PROMPTS there. The "
            "entry also generates descriptions, which its model does not read",
        ),
        Deviation(
            "the behaviour branch sees the segments of the harness window (400 frames, 13 s) instead of 16 (32 s)",
            "one window length serves all stages",
            "less context; longer windows: --set windows.length=960",
        ),
        Deviation(
            "Mamba blocks are those of the Mamba paper with as many inner channels as outer ones",
            "the released block keeps A positive and multiplies exp(-A) by the step size, which is no discretisation; "
            "its residual is scaled by the vector D that also biases the step size",
            "same sizes (8 states, 5 taps, rank 16); results of the released block may differ",
        ),
        Deviation(
            "time is encoded by sines of seconds, not of frame numbers",
            "frame rates vary; shared block of the harness",
            "same role; keys and values share one dropout mask, and the key map has no bias, which changes nothing",
        ),
        Deviation(
            "branch embeddings carry no gradient into the branches, also when everything is trained at once",
            "the entry exports them to files",
            "model.staged=false (also the state without stages that the contract tests train) adds all loss terms; "
            "the fusion then learns from branches that still change",
        ),
        Deviation(
            "reliability-aware fusion listens to all seconds of a harness window",
            "the entry's unit is one audio window of 4 s with 4 tokens",
            "preset paper_raav has windows of 4 s and is that; under preset paper 13 tokens are heard",
        ),
        Deviation(
            "smoothing is a box of 0.33 s for both",
            "the entry smooths valence over 9 and arousal over 11 frames at test (7 and 13 in training); the harness "
            "has one filter for a preset",
            "none that matters: 10 frames at 30 frames/s",
        ),
        Deviation(
            "no search over combinations of submissions, checkpoints by inner folds",
            "the entry tunes the weights of up to three submissions and picks epochs on the scored videos",
            "lower than published; --select validation imitates the choice of epochs",
        ),
        Deviation(
            "preset affrig is small (width 32, 2 layers), reads captions by a word encoder and expression logits",
            "it has to train in under three minutes on two CPU cores from 75 synthetic trials; captions of the corpus "
            "stand for what a video-language model would embed",
            "its scores say nothing about the entry; captions name the displayed feeling, with errors, so that the "
            "behaviour branch is the strongest one there",
        ),
        Deviation(
            "preset affrig standardises features, adds their deviations from the window's mean, drops inputs, takes "
            "the face's CCC over the batch, no encoder layer after the mixture, and asks for half of the face frames "
            "only (face_coverage)",
            "75 windows of 85 frames: a CCC within one is noise, and crops are missing in more than half of the trials",
            "off in preset paper",
        ),
    ),
    ablations={
        "model.fusion": ("dcmmoe", "raav", "transformer"),
        "model.router": ("learned", "uniform"),
        "model.mask_missing": (True, False),
        "model.modalities": (
            ["face", "behaviour", "audio"],
            ["behaviour", "audio"],
            ["face", "audio"],
            ["face", "behaviour"],
            ["face"],
            ["behaviour"],
            ["audio"],
        ),
        "model.position": ("every", "once"),
        "model.audio_filter": (True, False),
        "model.staged": (True, False),
    },
)
