"""Which of several faces is the patient's: the largest in the first second, then followed by where it is.

Nobody is recognised: only positions and sizes are compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from core.tracking import FaceObservation, FaceTracker, TrackerFactory
from core.video.reader import Frame

SURVEY_S = 1.0
MOST_FACES = 4
_LOOK_EVERY_S = 0.2
# In face widths: a face moves less than this from frame to frame, and a lost one is looked for in a growing circle.
_NEAR = 0.6
_NEAR_PER_S = 1.0
_NEAR_AT_MOST = {True: 2.0, False: 1.0}  # by whether the face is alone: two heads cannot be closer than one face
_FORGET_S = 2.0


@dataclass(frozen=True)
class Place:
    """Where a face is in the picture: centre (x, y) and size (square root of the box's area), pixels."""

    centre: tuple[float, float]
    size: float

    @classmethod
    def of(cls, face: FaceObservation) -> Place:
        left, top, right, bottom = face.box
        return cls(((left + right) / 2, (top + bottom) / 2), max((right - left) * (bottom - top), 1.0) ** 0.5)

    def distance(self, other: Place) -> float:
        """Distance of the centres in face sizes."""
        return math.dist(self.centre, other.centre) / max(self.size, other.size)


class Follower:
    """Picks the followed face among those that a tracker found.

    Args:
        start: where the face is at first; None takes the largest face of the first frame that has one.
        alone: no other face was seen at first, so that after two seconds without a face any face is taken for the patient's.
    """

    def __init__(self, start: Place | None = None, *, alone: bool = True) -> None:
        self._last = start
        self._last_s: float | None = None
        self._alone = alone

    def pick(self, faces: Sequence[FaceObservation], time_s: float) -> FaceObservation | None:
        """The followed face in this frame, or None."""
        if not faces:
            return None
        places = [Place.of(face) for face in faces]
        absent_s = 0.0 if self._last_s is None else time_s - self._last_s
        if self._last is None or (self._alone and absent_s > _FORGET_S):
            chosen = max(range(len(faces)), key=lambda i: places[i].size)
        else:
            distances = [self._last.distance(place) for place in places]
            chosen = min(range(len(faces)), key=lambda i: distances[i])
            if distances[chosen] > min(_NEAR + _NEAR_PER_S * absent_s, _NEAR_AT_MOST[self._alone]):
                return None
        self._last, self._last_s = places[chosen], time_s
        return faces[chosen]


class Survey:
    """Looks for further faces in the first second after a face was found, in a thread of its own.

    The tracker that follows one face stays fast; this one looks for several, five times in that second.
    """

    def __init__(self, factory: TrackerFactory) -> None:
        self._factory = factory
        self._tracker: FaceTracker | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="survey")
        self._looks: list[Future[list[FaceObservation]]] = []
        self._start_s: float | None = None
        self._next_s = 0.0
        self._over = False

    def look(self, frame: Frame, *, found: bool) -> bool:
        """To be called with every frame; ``found`` says whether a face was found in it. True once, when the second is over."""
        if self._over or (self._start_s is None and not found):
            return False
        if self._start_s is None:
            self._start_s = self._next_s = frame.time_s
        if frame.time_s > self._start_s + SURVEY_S:
            self._over = True
        elif frame.time_s >= self._next_s:
            self._next_s += _LOOK_EVERY_S
            self._looks.append(self._thread.submit(self._detect, frame))
        return self._over

    def _detect(self, frame: Frame) -> list[FaceObservation]:
        if self._tracker is None:
            self._tracker = self._factory.create(max_faces=MOST_FACES)
        return self._tracker.detect(frame.image, frame.time_s)

    @property
    def most_faces(self) -> int:
        """Greatest number of faces seen in one frame; waits for the looks under way."""
        return max((len(look.result()) for look in self._looks), default=0)

    @property
    def largest(self) -> Place | None:
        """Where the face that was largest over the whole second was last seen."""
        people: list[list[Place]] = []
        for look in self._looks:
            for place in map(Place.of, look.result()):
                known = min(people, key=lambda person: person[-1].distance(place), default=None)
                if known is not None and known[-1].distance(place) < _NEAR + _NEAR_PER_S * _LOOK_EVERY_S:
                    known.append(place)
                else:
                    people.append([place])
        # The sum, not the mean: a face that is seen all the time counts more than a false alarm.
        largest = max(people, key=lambda person: sum(place.size**2 for place in person), default=None)
        return largest[0] if largest else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._tracker is not None:
            self._tracker.close()
