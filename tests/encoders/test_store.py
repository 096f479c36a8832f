"""The feature store: encodes once, and serves nothing that is stale, half-written or damaged."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from encoder_media import crop, tone, write_video

from benchmark.corpora.trials import Trial, every_frame
from benchmark.encoders import catalogue, fingerprint
from benchmark.encoders.base import Encoded
from benchmark.encoders.catalogue import encoder_spec, get_encoder
from benchmark.encoders.entry import read_header
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError

KEYS = ["expression_net", "logmel_prosody", "lexicon_words", "caption_words"]


@pytest.fixture
def trial(make_trial: Callable[..., Trial]) -> Trial:
    return make_trial(sound=tone(0.6), words=[("happy", 0.1, 0.3)], captions=[(0.0, 0.6, "She smiles.")], missing=(2,))


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "features")


def entries(store: FeatureStore, key: str = "*") -> list[Path]:
    return sorted(store.root.glob(f"{key}/*.safetensors"))


# --------------------------------------------------------------------------- hit and miss
def test_a_second_run_encodes_nothing(trial: Trial, store: FeatureStore) -> None:
    first = store.ensure([trial], KEYS)
    assert (first.encoded, first.reused, first.frames) == (4, 0, 24)
    before = {path: path.read_bytes() for path in entries(store)}
    second = FeatureStore(store.root).ensure([trial], KEYS)
    assert (second.encoded, second.reused, second.frames) == (0, 4, 0)
    assert {path: path.read_bytes() for path in entries(store)} == before
    assert len(before) == 4


@pytest.mark.parametrize("key", KEYS)
def test_stored_features_are_the_encoded_ones_rounded(trial: Trial, store: FeatureStore, key: str) -> None:
    fresh, stored = get_encoder(key).encode(trial), store.load(trial, key)
    assert isinstance(stored.values, np.memmap)
    assert stored.values.dtype == np.float16
    np.testing.assert_array_equal(stored.values, fresh.values.astype(np.float16))
    np.testing.assert_array_equal(stored.times, fresh.times)
    np.testing.assert_array_equal(stored.mask, fresh.mask)
    assert stored.times.dtype == np.float64
    assert stored.mask.dtype == np.bool_
    assert stored.notes == fresh.notes


def test_the_same_trial_in_two_lists_is_encoded_once(trial: Trial, store: FeatureStore) -> None:
    report = store.ensure([trial, replace(trial, split="validation")], ["lexicon_words"])
    assert (report.encoded, report.reused) == (1, 0)


def test_equal_inputs_make_equal_files(trial: Trial, tmp_path: Path) -> None:
    stores = [FeatureStore(tmp_path / name) for name in "ab"]
    for store in stores:
        store.ensure([trial], KEYS)
    for one, other in zip(*map(entries, stores), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_notes_are_told_again_when_features_are_reused(trial: Trial, store: FeatureStore) -> None:
    trial.crop_path(3).write_bytes(b"broken")
    for _ in range(2):
        notes = store.ensure([trial], ["expression_net"]).notes
        assert len(notes) == 1
        assert notes[0].startswith("video1, expression_net: 1 unreadable crop(s) masked, first: video1/00003.jpg")


# --------------------------------------------------------------------------- stale
def _recode_sound(trial: Trial) -> None:
    assert trial.media is not None
    write_video(trial.media, 6, tone(0.6, 330.0))


def _rewrite_words(trial: Trial) -> None:
    assert trial.transcript is not None
    trial.transcript.write_text(trial.transcript.read_text().replace("happy", "angry"))


def _rewrite_captions(trial: Trial) -> None:
    assert trial.captions is not None
    trial.captions.write_text(trial.captions.read_text().replace("smiles", "frowns"))


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("expression_net", lambda trial: trial.crop_path(4).write_bytes(crop(99))),
        ("expression_net", lambda trial: trial.crop_path(4).unlink()),
        ("expression_net", lambda trial: trial.crop_path(2).write_bytes(crop(2))),
        ("logmel_prosody", _recode_sound),
        ("lexicon_words", _rewrite_words),
        ("caption_words", _rewrite_captions),
    ],
    ids=["crop changed", "crop gone", "crop came", "sound", "words", "captions"],
)
def test_changed_content_is_encoded_anew(
    trial: Trial, store: FeatureStore, key: str, change: Callable[[Trial], None]
) -> None:
    before = np.array(store.load(trial, key).values)
    change(trial)
    fresh = replace(trial)  # a new object: frame times are read once a trial
    assert store.ensure([fresh], [key]).encoded == 1
    assert not np.array_equal(store.load(fresh, key).values, before)
    assert len(entries(store, key)) == 1, "the entry that is out of date is removed"


def test_content_swapped_behind_equal_size_and_time_is_seen(trial: Trial, store: FeatureStore) -> None:
    path = trial.transcript
    assert path is not None
    long_ago = time.time() - 1000
    os.utime(path, (long_ago, long_ago))
    before = np.array(store.load(trial, "lexicon_words").values)
    path.write_text(path.read_text().replace("happy", "angry"))
    os.utime(path, (long_ago, long_ago))
    assert not np.array_equal(store.load(trial, "lexicon_words").values, before)


def test_unchanged_files_are_hashed_once(trial: Trial, store: FeatureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "SETTLED", -1.0)  # as if the files had been left alone for a while
    store.ensure([trial], KEYS)
    monkeypatch.setattr(fingerprint, "_read_all", lambda paths: pytest.fail("hashed again"))
    assert FeatureStore(store.root).ensure([trial], KEYS).reused == 4


def test_files_of_this_very_moment_are_hashed_every_time(trial: Trial, store: FeatureStore) -> None:
    store.ensure([trial], ["lexicon_words"])
    paths = [trial.transcript]
    assert store._hasher._place(paths).is_file() is False  # type: ignore[arg-type]


def test_touching_a_file_changes_nothing(trial: Trial, store: FeatureStore) -> None:
    store.ensure([trial], ["expression_net"])
    trial.crop_path(1).touch()
    assert store.ensure([trial], ["expression_net"]).reused == 1


def test_a_new_version_of_an_encoder_encodes_anew(
    trial: Trial, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.ensure([trial], ["lexicon_words"])
    entry = catalogue._BY_KEY["lexicon_words"]
    newer = replace(entry, spec=replace(entry.spec, version=entry.spec.version + 1))
    monkeypatch.setitem(catalogue._BY_KEY, "lexicon_words", newer)
    assert store.ensure([trial], ["lexicon_words"]).encoded == 1


def test_other_frames_of_one_video_keep_their_own_entry(trial: Trial, store: FeatureStore) -> None:
    fewer = replace(trial, frames=every_frame(4))
    store.ensure([trial], ["expression_net"])
    store.ensure([fewer], ["expression_net"])
    assert store.load(fewer, "expression_net").values.shape == (4, 256)
    assert store.ensure([trial], ["expression_net"]).reused == 1


def test_names_that_begin_alike_do_not_remove_each_other(make_trial: Callable[..., Trial], store: FeatureStore) -> None:
    trials = [make_trial(name, frames=2, media=False) for name in ("a", "a-b", "a-b[1]")]
    for _ in range(2):
        store.ensure(trials, ["expression_net"])
    assert store.ensure(trials, ["expression_net"]).reused == 3


def test_a_file_that_changes_while_it_is_read_is_refused(
    trial: Trial, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = get_encoder("lexicon_words")
    encode = encoder.encode

    def meanwhile(of: Trial) -> Encoded:
        result = encode(of)
        _rewrite_words(of)
        return result

    monkeypatch.setattr(encoder, "encode", meanwhile)
    with pytest.raises(UserError, match="its files changed while lexicon_words read them"):
        store.ensure([trial], ["lexicon_words"])
    assert not entries(store)


# --------------------------------------------------------------------------- damaged
def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _cut_in_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(500))


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


@pytest.mark.parametrize("damage", [_cut, _cut_in_header, _empty, _flip, _noise, _longer])
def test_a_damaged_entry_is_replaced_and_reported(
    trial: Trial, store: FeatureStore, damage: Callable[[Path], None]
) -> None:
    store.ensure([trial], ["expression_net"])
    [path] = entries(store)
    good = path.read_bytes()
    damage(path)
    report = store.ensure([trial], ["expression_net"])
    assert report.encoded == 1
    assert "video1, expression_net: stored features replaced: " in report.notes[0]
    assert path.read_bytes() == good


def test_an_entry_put_in_anothers_place_is_not_served(make_trial: Callable[..., Trial], store: FeatureStore) -> None:
    first = make_trial("a", words=[("happy", 0, 1)])
    second = make_trial("b", words=[("angry", 0, 1)])
    store.ensure([first, second], ["lexicon_words"])
    one, other = entries(store)
    other.write_bytes(one.read_bytes())
    right = get_encoder("lexicon_words").encode(second).values.astype(np.float16)
    np.testing.assert_array_equal(store.load(second, "lexicon_words").values, right)


def test_mapped_features_outlive_their_file(trial: Trial, store: FeatureStore) -> None:
    loaded = store.load(trial, "lexicon_words")
    before = np.array(loaded.values)
    for path in entries(store):
        path.unlink()
    np.testing.assert_array_equal(loaded.values, before)


def test_values_beyond_float16_are_clipped_and_counted(
    trial: Trial, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = get_encoder("lexicon_words")
    encode = encoder.encode

    def loud(of: Trial) -> Encoded:
        result = encode(of)
        result.values[0, :2] = 1e6, -1e6
        return result

    monkeypatch.setattr(encoder, "encode", loud)
    report = store.ensure([trial], ["lexicon_words"])
    assert report.notes == ("video1, lexicon_words: 2 value(s) clipped to the range of float16",)
    assert store.load(trial, "lexicon_words").values[0, :2].tolist() == [65504, -65504]


@pytest.mark.parametrize("fault", ["nan", "rows", "width", "backwards"])
def test_an_encoder_that_breaks_its_word_fills_nothing(
    trial: Trial, store: FeatureStore, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    good = get_encoder("expression_net").encode(trial)
    bad = {
        "nan": replace(good, values=np.full_like(good.values, np.nan)),
        "rows": Encoded(good.values[:-1], good.times[:-1], good.mask[:-1]),
        "width": replace(good, values=good.values[:, :-1]),
        "backwards": replace(good, times=good.times[::-1].copy()),
    }[fault]
    monkeypatch.setattr(get_encoder("expression_net"), "encode", lambda of: bad)
    with pytest.raises(RuntimeError, match="expression_net on video1"):
        store.ensure([trial], ["expression_net"])
    assert not entries(store)


# --------------------------------------------------------------------------- processes
_KILLED_BEFORE_RENAME = """
import os, signal, sys
from pathlib import Path
from benchmark.files import write_whole
Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
write_whole(Path(sys.argv[1]), b"half")
"""


def test_a_kill_before_the_rename_leaves_no_entry(trial: Trial, store: FeatureStore) -> None:
    store.ensure([trial], ["lexicon_words"])
    [path] = entries(store)
    path.unlink()
    killed = subprocess.run([sys.executable, "-c", _KILLED_BEFORE_RENAME, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    leftovers = list(path.parent.glob(".*.tmp"))
    assert len(leftovers) == 1
    assert not entries(store)
    assert store.ensure([trial], ["lexicon_words"]).encoded == 1
    os.utime(leftovers[0], (0, 0))
    _rewrite_words(trial)
    store.ensure([trial], ["lexicon_words"])
    assert not leftovers[0].exists(), "what a killed process left is swept up after a while"


def _ensure_in_process(root: Path, trials: list[Trial], gate: object, results: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    report = FeatureStore(root).ensure(trials, ["lexicon_words", "caption_words"])
    results.put((report.encoded, report.reused))  # type: ignore[attr-defined]


def test_two_processes_share_the_work(make_trial: Callable[..., Trial], store: FeatureStore) -> None:
    trials = [
        make_trial(f"v{i}", frames=1, media=False, words=[(f"word{i}", 0, 1)], captions=[(0, 1, f"text {i}")])
        for i in range(20)
    ]
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    workers = [context.Process(target=_ensure_in_process, args=(store.root, trials, gate, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    counts = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert sum(encoded for encoded, _ in counts) == 40, "no pair was encoded twice"
    assert sum(reused for _, reused in counts) == 40
    for path in entries(store):
        assert read_header(path).key.startswith(path.stem[-16:])
    assert not list(store.root.glob("*/.*.tmp"))


# --------------------------------------------------------------------------- mistakes
def test_missing_weights_are_said_before_any_work(trial: Trial, store: FeatureStore) -> None:
    with pytest.raises(UserError, match=r"model\.safetensors"):
        store.ensure([trial], ["lexicon_words", "swin_base"])
    assert not entries(store)


def test_an_unknown_encoder_is_refused(trial: Trial, store: FeatureStore) -> None:
    with pytest.raises(UserError, match='unknown encoder "lexicon"'):
        store.ensure([trial], ["lexicon"])


def test_a_name_that_leaves_the_folder_is_refused(trial: Trial, store: FeatureStore) -> None:
    with pytest.raises(UserError, match="not a plain file name"):
        store.load(replace(trial, name="../../escape"), "lexicon_words")


def test_the_store_lies_in_the_cache(tmp_path: Path) -> None:
    assert FeatureStore().root == tmp_path / "cache" / "features"
    assert encoder_spec("expression_net").dim == 256
