"""A drawn person as a Portrait that the muscle model can move."""

from __future__ import annotations

import cv2
import numpy as np

from core.phantom.drawing.body import paint_background, paint_clothes, paint_collar_shadow, paint_neck
from core.phantom.drawing.canvas import SUPERSAMPLE, Canvas
from core.phantom.drawing.creases import draw_creases, resting_depths
from core.phantom.drawing.eyeballs import lid_openings, paint_eyeballs
from core.phantom.drawing.features import paint_brows, paint_lips, paint_nose, paint_sockets
from core.phantom.drawing.hair import paint_back_hair, paint_bun, paint_front_hair, paint_stubble
from core.phantom.drawing.identity import Identity
from core.phantom.drawing.shape import face_shape
from core.phantom.drawing.skin import head_outline, paint_ears, paint_jaw, skin_picture
from core.phantom.portrait import FOLD_TINT, Portrait


def draw_portrait(identity: Identity, height_px: int = 1000) -> Portrait:
    """Draw one imaginary person.

    Args:
        identity: who.
        height_px: height and width of the picture; it shows 330 mm.
    """
    canvas = Canvas(height_px)
    shape = face_shape(identity)
    seen = canvas.seen(shape)
    paint_background(canvas, identity)
    background = canvas.paint.copy()
    skin = skin_picture(canvas, identity, shape, seen)
    matte = paint_back_hair(canvas, identity)
    neck = paint_neck(canvas, identity, skin, seen)
    paint_collar_shadow(canvas, seen, neck)
    canvas.union(matte, neck)
    canvas.union(matte, paint_clothes(canvas, identity, seen))
    matte = np.maximum(matte, paint_bun(canvas, identity))
    matte = np.maximum(matte, paint_ears(canvas, identity, skin, seen))
    face = canvas.mask(head_outline(seen), 0.6)
    canvas.blend(skin, face)
    paint_jaw(canvas, seen, face)
    canvas.union(matte, face)
    paint_sockets(canvas, identity, seen)
    paint_nose(canvas, identity, seen)
    paint_lips(canvas, identity, seen)
    paint_stubble(canvas, identity, seen, canvas.full(face))
    creases = draw_creases(canvas, seen)
    folds = resting_depths(identity)
    for key, depth in folds.items():
        canvas.multiply(FOLD_TINT, creases[key] * depth)
    paint_brows(canvas, identity, seen)
    matte = np.maximum(matte, paint_front_hair(canvas, identity, canvas.full(face)))
    skin_only = canvas.paint.copy()
    paint_eyeballs(canvas, identity, seen)
    eyes = canvas.paint
    opening = lid_openings(canvas, seen)[..., None]
    image = skin_only * (1 - opening) + eyes * opening
    lid = np.array(identity.skin, float) * [0.93, 0.85, 0.83]
    return Portrait(
        name=identity.name,
        image=_delivered(image),
        points=(canvas.pixels(seen) + 0.5) / SUPERSAMPLE - 0.5,
        shape_mm=shape,
        eye_layer=_delivered(eyes),
        background=_delivered(background),
        matte=_shrunk(np.clip(matte, 0, 1)),
        creases={key: _shrunk(canvas.full(crease)) for key, crease in creases.items()},
        resting_folds=folds,
        skin_rgb=(int(lid[0]), int(lid[1]), int(lid[2])),
        lash_rgb=(int(identity.brow[0] * 0.45), int(identity.brow[1] * 0.42), int(identity.brow[2] * 0.42)),
        lip_rgb=identity.lip,
        drawn=True,
    )


def _shrunk(picture: np.ndarray) -> np.ndarray:
    size = (picture.shape[1] // SUPERSAMPLE, picture.shape[0] // SUPERSAMPLE)
    return cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def _delivered(picture: np.ndarray) -> np.ndarray:
    return np.clip(_shrunk(picture) + 0.5, 0, 255).astype(np.uint8)
