"""A phantom in front of the browser's camera: clips that Chromium plays as a camera, each frame with its number in a corner.

What Chromium 156 does with ``--use-file-for-fake-video-capture=FILE``, measured with these clips:

* ``.mjpeg`` is JPEGs one after the other, played at 30 frames a second whatever rate was meant; ``.y4m`` at the rate it names.
* The file begins again whenever the camera is opened while nobody else holds it (page and preview see the third frame first), and
  after its last frame. The camera's label is the file's path.
* It is never late on purpose: when the computer is busy, the clip falls behind the clock by what the camera thread was late beyond
  one frame: 4 to 8 % for 30 frames a second with four busy processes on two cores, under 1 % for 15. A test that compares with the
  clock takes a ``.y4m`` of 15 frames a second, or reads the marker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.phantom.camera import Camera
from core.phantom.condition import Condition
from core.phantom.drawing.identity import Identity
from core.phantom.exam import Cue, ExamScript, SpontaneousBlink

MJPEG_FPS = 30
_JPEG_QUALITY = 88
_PORTRAIT_PER_CAMERA_PX = 1.25
# Movements of ``recorder_script``: late after the cue as people are, and over soon after its end.
_REACTION_S, _RISE_S, _RELAX_S, _OVERHANG_S = 0.3, 0.6, 0.5, 0.6
_BLINK_EVERY_S, _BLINK_BEFORE_CUE_S = 4.0, 1.2
# The marker: two rows of squares at the top left, the lower one the negative of the upper; numbers, then a square for odd parity.
BITS = 12
_CELLS_IN_SMALLER_SIDE = 48
_MARGIN_CELLS = 0.8
_LEAST_CONTRAST = 60.0


def draw_marker(image: np.ndarray, number: int) -> None:
    """Draw a frame's number (0 to 4095) into the corner of an (H, W, 3) picture, in place."""
    if not 0 <= number < 2**BITS:
        raise ValueError(f"number must be from 0 to {2**BITS - 1}, got {number}")
    bits = [number >> place & 1 for place in reversed(range(BITS))]
    cell, margin = _cell(image)
    for column, bit in enumerate([*bits, 1 - sum(bits) % 2]):
        for row, white in enumerate((bit, 1 - bit)):
            top, left = margin + row * cell, margin + column * cell
            image[round(top) : round(top + cell), round(left) : round(left + cell)] = 235 if white else 20


def read_marker(image: np.ndarray) -> int | None:
    """The number in the corner of an (H, W, 3) picture of any size; None when it is not clearly there."""
    cell, margin = _cell(image)
    bits = []
    for column in range(BITS + 1):
        upper, lower = (
            image[
                round(margin + (row + 0.3) * cell) : round(margin + (row + 0.7) * cell),
                round(margin + (column + 0.3) * cell) : round(margin + (column + 0.7) * cell),
            ].mean()
            for row in range(2)
        )
        if abs(upper - lower) < _LEAST_CONTRAST:
            return None
        bits.append(int(upper > lower))
    if sum(bits) % 2 == 0:
        return None
    return sum(bit << place for place, bit in enumerate(reversed(bits[:-1])))


def _cell(image: np.ndarray) -> tuple[float, float]:
    """Side of a square and distance from the corner, pixels."""
    cell = min(image.shape[:2]) / _CELLS_IN_SMALLER_SIDE
    return cell, _MARGIN_CELLS * cell


# The same for a page: function(video) -> number or null.
READ_MARKER = f"""
(video) => {{
  if (!video || !video.videoWidth) return null;
  const cell = Math.min(video.videoWidth, video.videoHeight) / {_CELLS_IN_SMALLER_SIDE}, margin = {_MARGIN_CELLS} * cell;
  const width = Math.ceil(2 * margin + {BITS + 1} * cell), height = Math.ceil(2 * margin + 2 * cell);
  const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext("2d", {{willReadFrequently: true}});
  pen.drawImage(video, 0, 0, width, height, 0, 0, width, height);
  const data = pen.getImageData(0, 0, width, height).data;
  const mean = (row, column) => {{
    let sum = 0, count = 0;
    for (let y = Math.round(margin + (row + 0.3) * cell); y < Math.round(margin + (row + 0.7) * cell); y++)
      for (let x = Math.round(margin + (column + 0.3) * cell); x < Math.round(margin + (column + 0.7) * cell); x++)
        for (let k = 0; k < 3; k++, count++) sum += data[4 * (y * width + x) + k];
    return sum / count;
  }};
  let number = 0, ones = 0;
  for (let column = 0; column <= {BITS}; column++) {{
    const difference = mean(0, column) - mean(1, column);
    if (Math.abs(difference) < {_LEAST_CONTRAST}) return null;
    const bit = difference > 0 ? 1 : 0;
    ones += bit;
    if (column < {BITS}) number = 2 * number + bit;
  }}
  return ones % 2 ? number : null;
}}
"""


@dataclass(frozen=True)
class CameraTimeline:
    """What a clip shows when.

    Attributes:
        frames: number of frames in the file; their markers are 0 to frames - 1.
        fps: at which Chromium plays them.
        script: what is performed; its times count from the first frame.
    """

    frames: int
    fps: float
    script: ExamScript

    def seconds(self, number: int) -> float:
        """Time of the frame with a marker, in the times of the script."""
        return number / self.fps

    def number(self, seconds: float) -> int:
        """Marker of the frame that is shown at a time of the script."""
        return int(seconds * self.fps)

    @property
    def movements(self) -> list[Segment]:
        """From the first movement to the end of the relaxation, one a cue, without the rests."""
        return [
            Segment(expression=cue.expression, start_s=round(cue.onset_s, 3), end_s=round(cue.end_s, 3))
            for cue in self.script.cues
        ]


def recorder_script(
    expressions: Iterable[Expression],
    *,
    lead_s: float,
    rest_s: float = 4.0,
    prepare_s: float = 3.0,
    move_s: float = 4.0,
    relax_s: float = 2.0,
    tail_s: float = 6.0,
) -> ExamScript:
    """What somebody does who follows a guided recording that is started ``lead_s`` after the camera was opened.

    Args:
        expressions: what is asked for, without the rest in front.
        lead_s: at rest before the recording starts: preview and framing.
        rest_s: the rest that is asked for first.
        prepare_s: at rest from the prompt to the cue.
        move_s: from the cue to the end of the hold.
        relax_s: afterwards.
        tail_s: at rest after all of it, before the clip begins again.
    """
    cues: list[Cue] = []
    clock = lead_s + rest_s
    for expression in expressions:
        hold_s = move_s + _OVERHANG_S - _REACTION_S - _RISE_S - _RELAX_S
        cues.append(Cue(expression, clock + prepare_s, _REACTION_S, _RISE_S, hold_s, _RELAX_S))
        clock += prepare_s + move_s + relax_s
    first_cue_s = cues[0].start_s if cues else clock
    starts = np.arange(1.0, first_cue_s - 2.0 * _BLINK_BEFORE_CUE_S, _BLINK_EVERY_S)
    blinks = [float(start) for start in starts] + [cue.start_s - _BLINK_BEFORE_CUE_S for cue in cues]
    return ExamScript(tuple(cues), tuple(SpontaneousBlink(start, 0.13, 0.2, 0.98) for start in blinks), clock + tail_s)


def write_camera(
    path: Path,
    script: ExamScript,
    condition: Condition,
    identity: Identity,
    *,
    width: int = 640,
    height: int = 480,
    fps: int = 15,
    seed: int = 0,
) -> CameraTimeline:
    """Film a phantom for Chromium; 45 seconds of 640 x 480 take about 25 s of one core.

    Args:
        path: ``.mjpeg`` (small) or ``.y4m`` (exact rate, 1.5 bytes a pixel and frame).
        script: what is performed.
        condition, identity: by whom.
        width, height: pixels, even.
        fps: pictures drawn a second. A ``.mjpeg`` repeats each until there are 30, with a marker of its own for each.
        seed: of sway, tremor and camera noise.
    """
    if path.suffix == ".mjpeg" and MJPEG_FPS % fps:
        raise ValueError(f"fps of a .mjpeg must divide {MJPEG_FPS}, got {fps}")
    repeats = MJPEG_FPS // fps if path.suffix == ".mjpeg" else 1
    pictures = _pictures(script, condition, identity, Camera(width, height, float(fps)), seed)
    frames = write_pictures(path, (picture for picture in pictures for _ in range(repeats)), repeats * fps)
    return CameraTimeline(frames, float(repeats * fps), script)


def write_pictures(path: Path, pictures: Iterable[np.ndarray], fps: int = MJPEG_FPS) -> int:
    """Write (H, W, 3) RGB pictures as a camera file with the markers 0, 1, 2 ..., which are drawn into them; their number."""
    if path.suffix not in (".mjpeg", ".y4m"):
        raise ValueError(f"path must end in .mjpeg or .y4m, got {path.name!r}")
    number = 0
    with path.open("wb") as file:
        for picture in pictures:
            draw_marker(picture, number)
            if path.suffix == ".y4m":
                if number == 0:
                    file.write(
                        f"YUV4MPEG2 W{picture.shape[1]} H{picture.shape[0]} F{fps}:1 Ip A1:1 C420jpeg\n".encode()
                    )
                file.write(b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes())
            else:
                file.write(_jpeg(picture))
            number += 1
    return number


def _pictures(
    script: ExamScript, condition: Condition, identity: Identity, camera: Camera, seed: int
) -> Iterator[np.ndarray]:
    from core.phantom.drawing.portrait import draw_portrait
    from core.phantom.motion import simulate
    from core.phantom.recording import frames

    portrait = draw_portrait(identity, round(_PORTRAIT_PER_CAMERA_PX * min(camera.width, camera.height)))
    return frames(portrait, simulate(portrait.shape_mm, condition, script, camera.fps, seed), camera, seed)


def _jpeg(picture: np.ndarray) -> bytes:
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done
    return data.tobytes()
