from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from encoder_media import crop

from benchmark.corpora.trials import Trial
from benchmark.degradations import parse_degradations
from benchmark.encoders.catalogue import encoder_spec
from benchmark.encoders.crops import decode_jpeg, resize
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError


def test_a_slice_is_the_decoded_crops_and_black_where_there_is_none(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=6, missing=(3,))
    trial.crop_path(5).write_bytes(crop(5, size=90))
    found = FeatureStore().load(trial, "crops_48")
    assert found.values.shape == (6, *encoder_spec("crops_48").step)
    assert found.mask.tolist() == [True, True, False, True, True, True]
    part = found.values[1:5]
    assert part.dtype == np.uint8
    assert not part[1].any()
    for row, image in ((2, part[0]), (5, part[3])):
        expected = resize(decode_jpeg(trial.crop_path(row).read_bytes())[None], 48)[0]
        np.testing.assert_array_equal(image, expected.transpose(2, 0, 1))


def test_only_what_can_be_used_is_kept_on_disk_and_damage_is_masked(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=40)
    trial.crop_path(7).write_bytes(b"no picture")
    store = FeatureStore()
    report = store.ensure([trial], ["crops_112"])
    assert any("1 unreadable crop(s) masked" in note for note in report.notes)
    kept = list((store.root / "crops_112").glob("*.safetensors"))
    assert sum(path.stat().st_size for path in kept) < 2000
    again = store.load(trial, "crops_112")
    assert not again.mask[6]
    assert again.values[0:40].shape == (40, 3, 112, 112)


def test_crops_are_damaged_where_the_trial_is(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=4)
    worse = replace(trial, degradation=parse_degradations(["blur=3"])[0])
    clean, blurred = (FeatureStore().load(one, "crops_112").values[0:4].astype(float) for one in (trial, worse))
    assert np.abs(np.diff(blurred)).mean() < 0.7 * np.abs(np.diff(clean)).mean()


def test_a_crop_that_breaks_later_is_named(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=3)
    found = FeatureStore().load(trial, "crops_32")
    trial.crop_path(2).write_bytes(b"")
    with pytest.raises(UserError, match=r"00002\.jpg: changed while it was used"):
        found.values[0:3]
