"""From a performance to pictures: rendering, objects before the face, and what camera and compression do to a crop."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

import cv2
import numpy as np
import simplejpeg  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmark.corpora.affrig.nuisance import Conditions, Occlusion
from benchmark.corpora.affrig.people import Person
from benchmark.corpora.affrig.rig import Appearance, Face, View, load_rig
from benchmark.corpora.affrig.simulate import Performance

#: Side of a crop in pixels.
CROP = 112
Picture = NDArray[np.uint8]


#: Building a face takes as long as thirty frames; a person's videos are made one after the other.
_FACES: OrderedDict[str, tuple[Appearance, Face]] = OrderedDict()
_FACES_KEPT = 6
_FACES_LOCK = Lock()


def _face(person: Person) -> Face:
    with _FACES_LOCK:
        kept = _FACES.get(person.key)
        if kept is not None and kept[0] == person.appearance:
            return kept[1]
    face = load_rig().face(person.appearance)
    with _FACES_LOCK:
        _FACES[person.key] = (person.appearance, face)
        while len(_FACES) > _FACES_KEPT:
            _FACES.popitem(last=False)
    return face


def view_at(conditions: Conditions, frame: int) -> View:
    """Pose, camera and light of one frame."""
    c = conditions
    return View(
        yaw=float(c.yaw[frame]),
        pitch=float(c.pitch[frame]),
        roll=float(c.roll[frame]),
        shift_x=float(c.shift_x[frame]),
        shift_y=float(c.shift_y[frame]),
        scale=float(c.scale[frame]),
        light=c.light,
        light_colour=c.light_colour,
        light_intensity=c.light_intensity,
        ambient=c.ambient,
        background=c.background,
        background_colour=c.background_colour,
        background_seed=c.background_seed,
        gaze_x=float(c.gaze_x[frame]),
        gaze_y=float(c.gaze_y[frame]),
    )


def face_pictures(performance: Performance) -> Iterator[Picture | None]:
    """(112, 112, 3) RGB of each frame; None where no face is found in the picture.

    Bystanders, of whom no crop is kept, are rendered without supersampling.
    """
    rig = load_rig()
    face = _face(performance.person)
    weights = rig.weights(performance.drawn, performance.balance)
    conditions = performance.conditions
    for i in range(len(weights)):
        if conditions.missing[i]:
            yield None
            continue
        picture = face.render(weights[i], view_at(conditions, i), CROP, 2 if performance.trial else 1)
        for occlusion in conditions.occlusions:
            if occlusion.when.first <= i < occlusion.when.last:
                draw_occluder(picture, occlusion)
        yield picture


def _ellipse(
    picture: Picture, centre: tuple[float, float], radii: tuple[float, float], angle: float, colour: tuple[int, ...]
) -> None:
    fine = 16  # fixed-point bits are 4
    cv2.ellipse(
        picture,
        (round(centre[0] * CROP * fine), round(centre[1] * CROP * fine)),
        (round(radii[0] * CROP * fine), round(radii[1] * CROP * fine)),
        angle, 0, 360, colour, -1, cv2.LINE_AA, 4,
    )  # fmt: skip


def draw_occluder(picture: Picture, occlusion: Occlusion) -> None:
    """Draw an object before the face, in place."""
    (x, y), (rx, ry) = occlusion.centre, occlusion.radii
    dark = tuple(round(0.72 * c) for c in occlusion.colour)
    if occlusion.kind == "hand":
        for finger, length in enumerate((1.35, 1.6, 1.55, 1.2)):
            base, spread = x + (finger - 1.5) * 0.5 * rx, 5.0 * (finger - 1.5)
            tip = (base + 0.1 * (finger - 1.5) * rx, y - length * ry)
            _ellipse(picture, tip, (0.27 * rx, 0.95 * ry), spread, dark)
            _ellipse(picture, tip, (0.235 * rx, 0.92 * ry), spread, occlusion.colour)
        _ellipse(picture, (x, y), (1.05 * rx, 0.95 * ry), 0.0, occlusion.colour)
    elif occlusion.kind == "frame edge":
        _ellipse(picture, (x, y), (rx, ry), 0.0, dark)
    else:
        _ellipse(picture, (x, y), (rx, ry), 0.0, dark)
        _ellipse(picture, (x - 0.12 * rx, y - 0.1 * ry), (0.8 * rx, 0.85 * ry), 0.0, occlusion.colour)


class CropMaker:
    """Blurs, adds sensor noise and compresses the crops of one performance, reproducibly."""

    def __init__(self, rng: np.random.Generator, conditions: Conditions) -> None:
        self._rng = rng
        self._conditions = conditions
        side = 2 * CROP
        noise = rng.standard_normal((side, side, 3), dtype=np.float32) * np.float32(conditions.noise)
        self._noise = np.rint(noise).astype(np.int16)

    def jpeg(self, picture: Picture, frame: int) -> bytes:
        """The crop of a frame as a JPEG file; call it in the order of the frames."""
        blur = float(self._conditions.blur[frame])
        if blur > 0.2:
            picture = cv2.GaussianBlur(picture, (0, 0), blur).astype(np.uint8, copy=False)
        top, left = (int(shift) for shift in self._rng.integers(0, CROP, 2))
        noisy = self._noise[top : top + CROP, left : left + CROP] + picture
        crop = np.clip(noisy, 0, 255, out=noisy).astype(np.uint8)
        encoded: bytes = simplejpeg.encode_jpeg(
            crop, quality=self._conditions.quality, colorspace="RGB", colorsubsampling="420"
        )
        return encoded


def canvas(conditions: Conditions, people: int) -> Picture:
    """(128, 160 a person, 3) the empty picture that faces are put on, shaded from top to bottom."""
    colour = np.array(conditions.background_colour) * 255
    shade = np.linspace(1.08, 0.82, 128)[:, None, None]
    plain = np.broadcast_to(colour * shade, (128, 160 * people, 3))
    return np.clip(np.rint(plain), 0, 255).astype(np.uint8)


def place(frame: Picture, picture: Picture, position: int) -> None:
    """Put the face of the person at ``position`` (from the left) on a frame, in place."""
    left, top = 160 * position + (160 - CROP) // 2, (128 - CROP) // 2
    frame[top : top + CROP, left : left + CROP] = picture
