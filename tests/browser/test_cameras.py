"""The fake camera in a real Chromium: pages see the clip, frame for frame, from its beginning whenever they open the camera."""

import itertools

import numpy as np
import pytest

from tests.browser.cameras import browser_with_camera
from tests.fake_camera import MJPEG_FPS, READ_MARKER, write_pictures

pytestmark = pytest.mark.browser

FRAMES = 45
# Numbers that a page sees from opening the camera until the clip has begun again; the first one alone when it only looks.
WATCH = """
async (onlyLook) => {
  const stream = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 1280}, height: {ideal: 720}}});
  const video = document.createElement("video");
  Object.assign(video, {srcObject: stream, muted: true});
  await video.play();
  const numbers = [];
  await new Promise((done) => {
    const look = () => {
      numbers.push((READ_MARKER)(video));
      const begun = numbers.length > 1 && numbers.at(-1) < numbers.at(-2);
      onlyLook || begun || numbers.length > 500 ? done() : video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
  const rate = stream.getVideoTracks()[0].getSettings().frameRate;
  stream.getTracks().forEach((track) => track.stop());
  return {numbers, rate, size: [video.videoWidth, video.videoHeight]};
}
""".replace("READ_MARKER", READ_MARKER)


@pytest.mark.parametrize(("kind", "rate"), [("mjpeg", MJPEG_FPS), ("y4m", 15)])
def test_pages_see_the_clip(playwright_driver, tmp_path, kind, rate):
    file = tmp_path / f"camera.{kind}"
    write_pictures(file, (np.full((240, 320, 3), 90, np.uint8) for _ in range(FRAMES)), rate)
    with browser_with_camera(playwright_driver, file) as browser:
        page = browser.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<html></html>", content_type="text/html"))
        page.goto("http://localhost/")
        seen, again = page.evaluate(WATCH, False), page.evaluate(WATCH, True)
    assert (seen["size"], seen["rate"]) == ([320, 240], rate)
    numbers = seen["numbers"]
    assert None not in numbers
    assert numbers[-1] < FRAMES / 2 < numbers[-2], "the clip does not begin again after its last frame"
    steps = [after - before for before, after in itertools.pairwise(numbers[:-1])]
    assert steps.count(1) > len(steps) / 2
    assert numbers[0] < FRAMES / 2
    assert again["numbers"][0] < FRAMES / 2, "the clip does not begin again when the camera is opened once more"
