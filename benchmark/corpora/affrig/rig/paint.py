"""Paint one person's skin, lips, brows, beard and hair onto the unrolled head (linear light)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from benchmark.corpora.affrig.rig import hair
from benchmark.corpora.affrig.rig.appearance import Appearance
from benchmark.corpora.affrig.rig.template import Template

F32 = NDArray[np.float32]

#: Skin from light to dark in sRGB, spaced evenly over `Appearance.skin_tone`.
_TONES = np.array(
    [
        (0.93, 0.77, 0.69),
        (0.87, 0.68, 0.57),
        (0.75, 0.54, 0.42),
        (0.56, 0.37, 0.265),
        (0.40, 0.255, 0.185),
        (0.27, 0.175, 0.135),
    ]
)
#: Full scale of the stored albedo.
FULL = 65535.0


def to_linear(srgb: NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    c = np.asarray(srgb, np.float64)
    linear: F32 = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return linear


def skin_colour(person: Appearance) -> F32:
    """Linear RGB (3,) of plain skin."""
    at = person.skin_tone * (len(_TONES) - 1)
    colour = np.array([np.interp(at, np.arange(len(_TONES)), _TONES[:, k]) for k in range(3)])
    colour = colour * (1 + 0.035 * person.skin_warmth * np.array([0.0, 0.5, -1.6]))
    return to_linear(colour)


def _noise(rng: np.random.Generator, shape: tuple[int, int], sigma: tuple[float, float]) -> F32:
    field = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma, mode="nearest", truncate=2.5)
    unit: F32 = field / field.std()
    return unit


def _blob(x: F32, y: F32, centre: tuple[float, float], size: tuple[float, float]) -> F32:
    bump: F32 = np.exp(-(((x - centre[0]) / size[0]) ** 2) - ((y - centre[1]) / size[1]) ** 2)
    return bump


def _over(canvas: F32, colour: NDArray[np.floating], opacity: NDArray[np.floating]) -> None:
    canvas += opacity[..., None] * (colour - canvas)


def _brow(person: Appearance, x: F32, y: F32, grain: F32) -> F32:
    along = np.clip((x - 0.095) / 0.43, 0, 1)
    centre = 7.405 + 0.075 * np.sin(np.pi * (0.12 + 0.66 * along)) - 0.012 * along
    half = (0.046 if person.sex == "male" else 0.036) * (0.7 + 0.3 * person.brow_weight) * (1 - 0.62 * along**1.6)
    across = (y - centre) / half
    ends = np.clip((x - 0.085) / 0.05, 0, 1) * np.clip((0.56 - x) / 0.10, 0, 1)
    share: F32 = np.exp(-(np.abs(across) ** 2.4)) * ends * (0.86 + 0.10 * np.clip(grain, -1.5, 1.5))
    dense: F32 = np.clip(share * min(1.0, 0.70 + 0.2 * person.brow_weight), 0, 1)
    return dense


def _beard(person: Appearance, x: F32, y: F32, z: F32, lips: F32, grain: F32) -> F32:
    # Upper limit of the beard: below the mouth in front, rising along the cheek to the sideburns.
    limit = 6.60 + 0.75 * np.clip(x - 0.34, 0, 0.5) ** 0.9
    jaw = np.clip((limit - y) / 0.07, 0, 1) * np.clip((y - 6.10) / 0.14, 0, 1) * np.clip((z - 0.40) / 0.15, 0, 1)
    jaw = jaw * (1 - 0.6 * _blob(x, y, (0.06, 6.53), (0.05, 0.035)))
    arch = 6.835 - 0.14 * np.clip(x / 0.30, 0, 1.2) ** 2.2
    upper = np.clip(1.5 * np.exp(-(((y - arch) / 0.045) ** 2)), 0, 1) * np.clip((0.33 - x) / 0.06, 0, 1)
    corner = np.clip(1.5 * _blob(x, y, (0.30, 6.66), (0.045, 0.12)), 0, 1) * min(person.beard, person.moustache)
    share = np.maximum(np.maximum(person.beard * jaw, person.moustache * upper), corner)
    stubble: F32 = np.clip(share * (0.88 + 0.14 * grain), 0, 1) * (1 - np.clip(lips * 1.5, 0, 1))
    return stubble


def _complexion(person: Appearance, skin: F32, at: tuple[F32, F32, F32], fine: F32, broad: F32) -> F32:
    """Bare skin (H, W, 3): mottled, redder on cheeks, nose, chin and ears, darker around the eyes."""
    x, y, z = at
    canvas = np.broadcast_to(skin, (*x.shape, 3)).copy()
    canvas *= (1 + 0.022 * fine + 0.03 * broad)[..., None]
    red = 0.8 * _blob(x, y, (0.44, 6.98), (0.20, 0.16)) + 0.7 * _blob(x, y, (0.0, 7.02), (0.13, 0.11))
    red += 0.5 * _blob(x, y, (0.0, 6.32), (0.16, 0.09)) + 0.9 * ((x > 0.72) & (z < 0.75) & (y > 6.7) & (y < 7.55))
    # Melanin hides the blood beneath: dark skin hardly flushes.
    flush = 1.0 - 0.75 * person.skin_tone
    canvas *= 1 + flush * red[..., None] * np.array([0.02, -0.16, -0.15], np.float32)
    socket = _blob(x, y, (0.30, 7.33), (0.20, 0.085)) + 0.8 * _blob(x, y, (0.22, 7.19), (0.10, 0.05))
    canvas *= 1 - socket[..., None] * np.array([0.10, 0.15, 0.13], np.float32) * (0.8 + 0.5 * person.age)
    return canvas


def paint(person: Appearance, template: Template) -> tuple[NDArray[np.uint16], F32]:
    """Albedo and gloss (H, W, 4) as shares of `FULL`, and the share of skin not hidden by hair (H, W)."""
    rng = np.random.default_rng(person.seed)
    shape = template.lip_map.shape
    position = template.position
    x, y, z = np.abs(position[..., 0]), position[..., 1], position[..., 2]
    fine, grain, medium, broad = (_noise(rng, shape, (s, s)) for s in (0.8, 1.0, 4.0, 14.0))
    strand_style = hair.STYLES[person.hair_style].strand
    strands = _noise(rng, shape, (0.8 * strand_style, 0.9))

    skin = skin_colour(person)
    canvas = _complexion(person, skin, (x, y, z), fine, broad)
    if person.freckles > 0:
        spots = np.clip(_noise(rng, shape, (1.5, 1.5)) - 1.5, 0, 1)
        spots = spots * np.clip(1.4 * _blob(x, y, (0.28, 7.05), (0.42, 0.2)), 0, 1)
        canvas *= 1 - person.freckles * spots[..., None] * np.array([0.22, 0.36, 0.45], np.float32)

    lips = np.clip(template.lip_map * 1.15, 0, 1)
    natural = skin * np.array([0.86, 0.56, 0.56], np.float32) * (1 - 0.12 * person.skin_tone)
    painted = to_linear(np.array([0.62, 0.17, 0.20])) * (0.75 + 0.5 * skin[0])
    _over(canvas, natural + person.lip_tint * (painted - natural), lips * (0.92 + 0.04 * np.clip(fine, -2, 2)))

    hair_colour = to_linear(np.array(person.hair_colour))
    brow_colour = hair_colour * np.float32(0.55) + skin * np.array([0.13, 0.10, 0.08], np.float32)
    front = np.clip((z - 0.85) / 0.1, 0, 1)
    _over(canvas, brow_colour, _brow(person, x, y, grain) * front)
    beard = np.zeros(shape, np.float32)
    if person.beard or person.moustache:
        beard = _beard(person, x, y, z, lips, _noise(rng, shape, (2.0, 0.8)))
        _over(canvas, hair_colour * np.float32(0.9) + np.float32(0.04) * skin, 0.85 * beard)
    scalp = hair.coverage(person.hair_style, position, 0.7 * strands + 0.5 * medium)
    _over(canvas, hair_colour * (1 + 0.30 * np.clip(strands, -2, 2))[..., None].astype(np.float32), scalp)

    cloth = np.clip((5.74 + 0.25 * np.clip(x - 0.3, 0, 1) - y) / 0.02, 0, 1)
    woven = (to_linear(np.array(person.clothes)) * (1 + 0.06 * fine)[..., None]).astype(np.float32)
    _over(canvas, woven, cloth)

    gloss = 0.30 + 0.14 * _blob(x, y, (0.0, 7.25), (0.12, 0.5)) + 0.10 * _blob(x, y, (0.0, 7.75), (0.4, 0.2))
    gloss += lips * (0.35 + 0.35 * person.lip_tint)
    gloss = gloss * (1 - 0.85 * scalp) * (1 - 0.7 * beard) * (1 - 0.9 * cloth)
    texture = np.concatenate([canvas, gloss[..., None]], -1)
    return np.rint(np.clip(texture, 0, 1) * FULL).astype(np.uint16), (1 - scalp).astype(np.float32)
