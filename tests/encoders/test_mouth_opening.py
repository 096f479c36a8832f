"""A dark mouth is open, in any light; what is not a mouth does not count."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmark.corpora.trials import Trial
from benchmark.encoders.catalogue import get_encoder
from benchmark.encoders.mouth_opening.encoder import opening


def face(skin: int, mouth: int, rows: int, elsewhere: int = 0) -> np.ndarray:
    """A plain face whose mouth box has ``rows`` dark rows of 12, and as many dark rows on the forehead."""
    image = np.full((112, 112, 3), skin, np.uint8)
    image[84 : 84 + rows, 42:70] = mouth
    image[10 : 10 + elsewhere] = 0
    return image


@pytest.mark.parametrize("skin", [60, 140, 230])
def test_the_dark_share_of_the_mouth_does_not_depend_on_the_skin(skin: int) -> None:
    images = np.stack([face(skin, skin // 4, rows, elsewhere=20) for rows in (0, 3, 12)])
    np.testing.assert_allclose(opening(images), [0, 0.25, 1.0], atol=1e-6)


def test_lips_that_are_a_little_darker_are_not_an_opening() -> None:
    assert opening(face(200, 130, 6)[None]) == 0


def test_one_number_a_frame_and_masks_where_there_is_no_crop(make_trial: Callable[..., Trial]) -> None:
    result = get_encoder("mouth_opening").encode(make_trial(frames=4, missing=(3,)))
    assert result.values.shape == (4, 1)
    assert result.mask.tolist() == [True, True, False, True]
    assert result.values[2] == 0
    assert ((result.values >= 0) & (result.values <= 1)).all()
