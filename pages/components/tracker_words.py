"""What each tracker is, in words for people; one that is not listed is called by its name."""

from __future__ import annotations

import re

TRACKER_TITLES = {
    "mediapipe_mesh": "MediaPipe face mesh",
    "mediapipe_task": "MediaPipe FaceLandmarker task",
    "hemiface": "Hemiface: mesh refined for palsy",
    "fan": "3D-FAN on the mesh",
    "fan_small": "Small FAN before tuning, for comparison",
    "fan_small_palsy": "Small FAN tuned to simulated palsy",
}

TRACKER_TEXTS = {
    "mediapipe_mesh": "478 points and irises; needs no further file.",
    "mediapipe_task": "Google's newer network of the same points; an optional file.",
    "hemiface": "The mesh, whose lids, brows, lips and nostrils are found again from one half of the face at a time: better for "
    "eye closure and for synkinesis of the eye; takes more than twice as long.",
    "fan": "68 points of the published 3D-FAN carry the mesh along; an optional file, or weights of your own training.",
    "fan_small": "As 3D-FAN, with a small network that has seen no palsy; it shows what tuning does.",
    "fan_small_palsy": "As 3D-FAN, with the same small network tuned to simulated palsy.",
}

# Names that are no words of a language; "fan" and "hemiface" may stand in a sentence for something else.
_TECHNICAL_NAME = re.compile(rf"\b({'|'.join(name for name in TRACKER_TITLES if '_' in name)})\b")


def tracker_title(name: str) -> str:
    """What a tracker is called on a page; one that is not listed is called by its name.

    >>> tracker_title("mediapipe_mesh"), tracker_title("another")
    ('MediaPipe face mesh', 'another')
    """
    return TRACKER_TITLES.get(name, name)


def with_titles(sentence: str) -> str:
    """A sentence with what trackers are called in place of their names.

    >>> with_titles("Measured with fan_small_palsy, then mediapipe_mesh 0.10.")
    'Measured with Small FAN tuned to simulated palsy, then MediaPipe face mesh 0.10.'
    """
    return _TECHNICAL_NAME.sub(lambda found: TRACKER_TITLES[found[0]], sentence)
