"""The landmarks of one face in one still picture, with the same trackers as videos."""

from __future__ import annotations

import numpy as np

from core.errors import NoFaceError
from core.mirror_averaging import MirrorAveraging, Tracked
from core.tracking import TrackerFactory
from core.video.reader import Frame

# A tracker in video mode finds the face in the first picture and places it better in the next ones.
_LOOKS = 4
_BETWEEN_S = 1 / 30


def track_photo(image: np.ndarray, factory: TrackerFactory) -> Tracked:
    """Find the largest face, mirror-averaged (reference B7).

    Args:
        image: (H, W, 3) uint8 RGB.
        factory: which tracker.

    Returns:
        points (N, 3) pixels and uncertainty (N,) pixels.

    Raises:
        NoFaceError: there is no face in it.
        UnavailableError: the tracker cannot be made.
    """
    picture = np.ascontiguousarray(image)
    with MirrorAveraging(factory) as trackers:
        looks = [trackers.merge(trackers.detect(Frame(i * _BETWEEN_S, picture))) for i in range(_LOOKS)]
    if looks[-1].points is None:
        raise NoFaceError(
            "No face was found in the picture.",
            hint="Use a sharp photograph of one face from the front.",
            code="no_face",
        )
    return looks[-1]
