"""``abaw score`` from files to numbers, against scikit-learn and plain numpy."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import simplejpeg
from sklearn.metrics import f1_score

from benchmark.commands.score import score
from benchmark.errors import UserError
from benchmark.metrics import VideoStats
from benchmark.tasks import HEADS

PACK = "6th ABAW Annotations"
CHALLENGE = {"va": "VA_Estimation_Challenge", "expr": "EXPR_Recognition_Challenge", "au": "AU_Detection_Challenge"}
TRIALS = {"v1": 40, "v2_left": 30, "v2_right": 30, "v3": 50}


def values(head: str, rows: int, rng: np.random.Generator) -> np.ndarray:
    if head == "va":
        return rng.uniform(-1, 1, (rows, 2)).round(3)
    return rng.integers(0, 2, (rows, 12)) if head == "au" else rng.integers(0, HEADS[head].width, (rows, 1))


def line(row: np.ndarray) -> str:
    return ",".join(str(value) for value in row.tolist())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A corpus with one validation split for va, expr and au, predictions for it, and the arrays of both."""
    root = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    arrays = {}
    for head, challenge in CHALLENGE.items():
        folder = root / "corpus" / PACK / challenge / "Validation_Set"
        folder.mkdir(parents=True)
        predictions = [",".join(["image_location", *HEADS[head].names])]
        labels, answers = [], []
        for trial, rows in TRIALS.items():
            label, answer = values(head, rows, rng), values(head, rows, rng)
            answer[::2] = label[::2]
            valid = rng.random(rows) < 0.8
            marker = line(np.full(label.shape[1], HEADS[head].invalid))
            text = [line(row) if good else marker for row, good in zip(label, valid, strict=True)]
            (folder / f"{trial}.txt").write_text("\n".join([",".join(HEADS[head].names), *text]))
            predictions += [f"{trial}/{k:05d}.jpg,{line(row)}" for k, row in enumerate(answer, 1)]
            labels.append(label[valid])
            answers.append(answer[valid])
        (root / f"{head}.txt").write_text("\n".join(predictions) + "\n")
        arrays[head] = np.concatenate(answers), np.concatenate(labels)
    crops = root / "corpus" / "cropped_aligned" / "v1"
    crops.mkdir(parents=True)
    for k in range(1, 21):
        (crops / f"{k:05d}.jpg").write_bytes(simplejpeg.encode_jpeg(np.zeros((8, 8, 3), np.uint8)))
    return root, arrays


def run(world, task, capsys, annotations=None, split=None, variants=()):
    root, _ = world
    path = annotations or root / "corpus"
    assert score(root / f"{task}.txt", path, task, as_json=True, split=split, variants=list(variants)) == 0
    return json.loads(capsys.readouterr().out)


def reference(task: str, x: np.ndarray, y: np.ndarray) -> float:
    if task == "va":
        x, y = x.astype(np.float32).astype(np.float64), y.astype(np.float32).astype(np.float64)
        cov = ((x - x.mean(0)) * (y - y.mean(0))).mean(0)
        return float(np.mean(2 * cov / (x.var(0) + y.var(0) + (x.mean(0) - y.mean(0)) ** 2)))
    if task == "expr":
        return f1_score(y[:, 0], x[:, 0], labels=range(8), average="macro", zero_division=0)
    return float(np.mean([f1_score(y[:, k], x[:, k], zero_division=0) for k in range(12)]))


@pytest.mark.parametrize("task", ["va", "expr", "au"])
def test_value_and_interval(world, capsys, task):
    report = run(world, task, capsys)
    x, y = world[1][task]
    assert report["value"] == pytest.approx(reference(task, x, y), abs=1e-12)
    assert report["interval"]["low"] < report["value"] < report["interval"]["high"]
    assert report["interval"]["base_videos"] == 3
    assert report["coverage"]["valid"] == {task: len(y)}
    assert report["coverage"]["rows"] == sum(TRIALS.values())
    assert [video["trial"] for video in report["videos"]] == sorted(TRIALS)
    assert VideoStats.from_json(report["sums"]).score().value == report["value"]


def test_a_folder_of_annotations_gives_the_same_score_without_faces(world, capsys):
    root, _ = world
    folder = root / "corpus" / PACK / CHALLENGE["va"] / "Validation_Set"
    alone, whole = run(world, "va", capsys, annotations=folder), run(world, "va", capsys, split="validation")
    assert alone["value"] == whole["value"]
    assert alone["faces_only"] is None
    assert whole["faces_only"]["valid"]["va"] < whole["coverage"]["valid"]["va"]
    assert whole["faces_only"]["value"] != whole["value"]


def test_per_trial_prediction_files_give_the_same_score(world, capsys, tmp_path):
    root, _ = world
    rows = (root / "au.txt").read_text().splitlines()[1:]
    for trial in TRIALS:
        fields = [row.partition(",")[2] for row in rows if row.startswith(f"{trial}/")]
        (tmp_path / f"{trial}.txt").write_text("\n".join([",".join(HEADS["au"].names), *fields]))
    assert score(tmp_path, root / "corpus", "au", as_json=True, split=None, variants=[]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == run(world, "au", capsys)["value"]


def test_variants_by_name_or_all(world, capsys):
    one = run(world, "au", capsys, variants=["both_classes"])["variants"]
    every = run(world, "au", capsys, variants=["all"])["variants"]
    assert one == {"both_classes": every["both_classes"]}
    assert "micro" in every
    with pytest.raises(UserError, match=r'unknown variant of task au "both".*both_classes'):
        run(world, "au", capsys, variants=["both"])


def test_mtl_adds_three_terms(world, capsys, tmp_path):
    rng = np.random.default_rng(1)
    header = "image,valence,arousal,expression,aus"
    lines = {"labels": [header], "predictions": [header]}
    for k in range(60):
        for name in lines:
            fields = [line(values(head, 1, rng)[0]) for head in ("va", "expr", "au")]
            if name == "labels" and k % 4 == 0:
                fields[k // 4 % 3] = ("-5,-5", "-1", line(np.full(12, -1)))[k // 4 % 3]
            lines[name].append(",".join([f"v{k % 5}/{k:05d}.jpg" if k else "v0/00100.jpg", *fields]))
    for name, text in lines.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(text))
    assert score(tmp_path / "predictions.txt", tmp_path / "labels.txt", "mtl", True, None, []) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["value"] == pytest.approx(sum(report["parts"][head] for head in ("va", "expr", "au")), abs=1e-12)
    assert report["coverage"]["valid"] == {"va": 55, "expr": 55, "au": 55}
    for head in ("va", "expr", "au"):
        assert score(tmp_path / "predictions.txt", tmp_path / "labels.txt", head, True, None, []) == 0
        assert json.loads(capsys.readouterr().out)["value"] == report["parts"][head]


def test_the_text_says_what_counts(world, capsys):
    root, arrays = world
    assert score(root / "va.txt", root / "corpus", "va", as_json=False, split=None, variants=["per_video"]) == 0
    out = capsys.readouterr().out
    report = run(world, "va", capsys, variants=["per_video"])
    assert f"mean CCC = {report['value']:.4f}, 95% interval {report['interval']['low']:.4f} to" in out
    assert f"150 annotated rows; with a label that counts: va {len(arrays['va'][0])}" in out
    assert f"Without the frames that have no face crop: {report['faces_only']['value']:.4f}" in out
    assert "not scores of this benchmark" in out
    assert "SYNTHETIC" not in out
    alone = {video["trial"]: video["value"] for video in report["videos"]}
    listed = [row.split()[0] for row in out.splitlines() if row.split() and row.split()[0] in alone]
    assert listed == sorted(alone, key=alone.__getitem__)


def test_a_synthetic_corpus_is_said_to_be_one(world, capsys):
    root, _ = world
    sidecar = root / "corpus" / "affrig.json"
    sidecar.write_text('{"size": "smoke", "fingerprint": "x"}')
    try:
        assert score(root / "va.txt", root / "corpus", "va", as_json=False, split=None, variants=[]) == 0
        assert capsys.readouterr().out.startswith("SYNTHETIC corpus")
        assert run(world, "va", capsys)["synthetic"] is True
    finally:
        sidecar.unlink()


def test_the_same_files_print_the_same_bytes(world, capsys):
    assert json.dumps(run(world, "expr", capsys)) == json.dumps(run(world, "expr", capsys))


def test_the_command_needs_no_torch_and_ends_with_status_2_on_bad_input(world):
    root, _ = world
    code = (
        "import sys; from benchmark.cli import app; sys.argv = ['abaw', *sys.argv[1:]];"
        "app(standalone_mode=False);"
        "sys.stderr.write(str(sorted({'torch', 'av', 'sklearn', 'scipy'} & set(sys.modules))))"
    )
    arguments = ["score", str(root / "va.txt"), "--annotations", str(root / "corpus"), "--task", "va", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["task"] == "va"
    assert done.stderr.strip().endswith("[]")

    bad = [*arguments[:-2], "expr"]
    done = subprocess.run(
        [sys.executable, "-c", "from benchmark.cli import main; main()", *bad],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "va.txt:1: found the header" in done.stderr
