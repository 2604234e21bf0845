"""How fast is the live view: pictures a second, round trip, age of the picture that is shown, time to the first overlay?

    python benchmarks/live.py [--seconds 12] [--rounds 3] [--webrtc PYTHON]

A headless Chromium films a phantom (``--use-file-for-fake-video-capture``) whose frames carry their number in a corner, so that the
number in the camera and the number in the picture on the screen tell how old that picture is. With ``--webrtc`` the same clip goes
through streamlit-webrtc, too, in turn with ours; PYTHON is an interpreter of an environment of its own, made by

    pip install -c constraints.txt streamlit==1.60.0 mediapipe==0.10.21 streamlit-webrtc==0.79.0
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

WIDTH, HEIGHT, FPS = 640, 480, 30
BITS, CELL = 12, 20
WARM_UP_S = 6.0

# The same work as ours does on a picture, in streamlit-webrtc's callback; the landmarks come back in the picture.
WEBRTC_APP = """
import sys
sys.path += {paths!r}
import av, cv2, streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer
from core.half_faces import HalfFaces
from core.mirror_averaging import Tracked
from core.video.reader import Frame
from models.tracking import tracker_factory

@st.cache_resource
def trackers():
    return tracker_factory().create(2), HalfFaces(tracker_factory())

whole, halves = trackers()

def callback(frame):
    image = frame.to_ndarray(format="rgb24")
    for face in whole.detect(image, 0.0)[:1]:
        found = halves.finish(halves.begin(Frame(0.0, image), Tracked(face.points)))
        for x, y, _ in found.points:
            cv2.circle(image, (int(x), int(y)), 1, (0, 114, 178), -1)
    shown = av.VideoFrame.from_ndarray(image, format="rgb24")
    shown.pts, shown.time_base = frame.pts, frame.time_base
    return shown

webrtc_streamer("live", mode=WebRtcMode.SENDRECV, rtc_configuration={{"iceServers": []}}, video_frame_callback=callback,
    media_stream_constraints={{"video": {{"width": 640, "height": 480, "frameRate": 30}}, "audio": False}})
"""

# In every page and frame: keep what the camera gives, and when pictures went out and answers came back.
SPY = """
window.trips = [];
const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (open) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.camera = Object.assign(document.createElement("video"), { srcObject: stream, muted: true });
  await window.camera.play();
  return stream;
};
window.WebSocket = class extends WebSocket {
  constructor(address, ...more) {
    super(address, ...more);
    if (!String(address).includes("/hemiface/live/")) return;
    this.addEventListener("message", () => window.trips.push(performance.now() - this.sent));
  }
  send(data) {
    if (typeof data !== "string") this.sent = performance.now();
    super.send(data);
  }
};
"""

# Watches for some seconds: when another picture came on the screen, and by how many frames it was behind the camera.
WATCH = """async (shown, [seconds, frames, bits, cell, wide, high]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: bits, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const read = (source) => {
    const width = source.videoWidth ?? source.width, height = source.videoHeight ?? source.height;
    if (!width) return null;
    const [across, down] = [width / wide, height / high];
    context.drawImage(source, 0, 0.25 * cell * down, bits * cell * across, 0.5 * cell * down, 0, 0, bits, 1);
    const data = context.getImageData(0, 0, bits, 1).data;
    let number = 0;
    for (let i = 0; i < bits; i++) number = 2 * number + (data[4 * i + 1] > 128);
    return number < frames ? number : null;
  };
  window.trips.length = 0;
  const seen = [], ages = [], end = performance.now() + 1000 * seconds;
  let last = null;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    const number = read(shown), now = read(window.camera);
    if (number === null || number === last) continue;
    last = number;
    seen.push(performance.now());
    if (now !== null) ages.push((now - number + frames) % frames);
  }
  return { seen, ages, trips: window.trips };
}"""


def write_clip(path: Path) -> int:
    """A smile of a drawn phantom as MJPEG, every frame with its number; returns the number of frames."""
    import cv2

    from core.exam.protocol import Expression
    from core.phantom.camera import Camera
    from core.phantom.condition import flaccid
    from core.phantom.drawing.identity import IDENTITIES
    from core.phantom.drawing.portrait import draw_portrait
    from core.phantom.exam import custom_script
    from core.phantom.motion import simulate
    from core.phantom.recording import frames
    from core.words import Side

    portrait = draw_portrait(IDENTITIES[0], round(1.25 * HEIGHT))
    motion = simulate(portrait.shape_mm, flaccid(Side.RIGHT, 0.6), custom_script([Expression.SMILE_OPEN]), FPS)
    count = 0
    with path.open("wb") as file:
        for picture in frames(portrait, motion, Camera(width=WIDTH, height=HEIGHT, fps=FPS, face_part=0.5)):
            for place in range(BITS):
                white = count >> (BITS - 1 - place) & 1
                picture[:CELL, place * CELL : (place + 1) * CELL] = 235 if white else 20
            file.write(
                cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
            )
            count += 1
    return count


@contextmanager
def served(python: str, script: Path, folder: Path) -> Iterator[int]:
    """Port of a Streamlit server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless", "true", "--server.port", str(port), "--browser.gatherUsageStats", "false"]
    process = subprocess.Popen(
        [python, "-m", "streamlit", "run", str(script), *options],
        cwd=script.parent,
        env={**os.environ, "HEMIFACE_DATA_DIR": str(folder / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(900):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def start_ours(page: Any) -> Any:
    """Open the live view and start the camera; the element that shows the picture."""
    page.goto("/live")
    page.get_by_role("button", name="Start camera").wait_for()
    time.sleep(WARM_UP_S)
    begin = time.perf_counter()
    page.get_by_role("button", name="Start camera").click()
    page.locator(".live[data-state=rest], .live[data-state=moving]").wait_for()
    return page.locator(".picture"), time.perf_counter() - begin


def start_webrtc(page: Any) -> Any:
    """Open the app on streamlit-webrtc and press its button; the element that shows the picture."""
    page.goto("/")
    frame = page.frame_locator("iframe").first
    frame.get_by_role("button", name="Start").wait_for()
    time.sleep(WARM_UP_S)
    begin = time.perf_counter()
    frame.get_by_role("button", name="Start").click()
    video = frame.locator("video")
    video.wait_for()
    while not video.evaluate("(video) => video.videoWidth > 0 && video.currentTime > 0"):
        time.sleep(0.02)
    return video, time.perf_counter() - begin


def measured(browser: Any, port: int, start: Callable[[Any], Any], seconds: float, count: int) -> dict[str, Any]:
    """Start in a new tab, watch for some seconds, leave."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.add_init_script(SPY)
    try:
        shown, first_s = start(page)
        found = shown.evaluate(WATCH, [seconds, count, BITS, CELL, WIDTH, HEIGHT])
    finally:
        context.close()
    gaps = np.diff(found["seen"])
    return {
        "pictures a second": len(found["seen"]) / seconds,
        "longest gap ms": float(gaps.max()) if gaps.size else float("nan"),
        "age ms": [1000 * age / FPS for age in found["ages"]],
        "round trip ms": found["trips"],
        "first overlay s": first_s,
    }


def told(name: str, rounds: list[dict[str, Any]]) -> None:
    """Print one line of the table."""

    def pooled(what: str) -> str:
        values = [value for one in rounds for value in one[what]]
        return f"{np.median(values):.0f} / {np.percentile(values, 95):.0f}" if values else "-"

    rates = [one["pictures a second"] for one in rounds]
    print(
        f"| {name} | {statistics.median(rates):.1f} ({min(rates):.1f}-{max(rates):.1f}) | {pooled('age ms')} "
        f"| {pooled('round trip ms')} | {max(one['longest gap ms'] for one in rounds):.0f} "
        f"| {statistics.median(one['first overlay s'] for one in rounds):.1f} |"
    )


def main() -> None:
    from playwright.sync_api import sync_playwright

    from tests.browser.cameras import browser_with_camera

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--webrtc", metavar="PYTHON", help="interpreter with streamlit-webrtc")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        count = write_clip(folder / "smile.mjpeg")
        paths = [str(PROJECT), sysconfig.get_path("purelib")]
        (folder / "webrtc_app.py").write_text(WEBRTC_APP.format(paths=paths), encoding="utf-8")
        ways = {"WebSocket route": (sys.executable, PROJECT / "app.py", start_ours)}
        if asked.webrtc:
            ways["streamlit-webrtc"] = (asked.webrtc, folder / "webrtc_app.py", start_webrtc)
        rounds: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
        loads = []
        with browser_with_camera(driver, folder / "smile.mjpeg") as browser:
            for _ in range(asked.rounds):
                for way, (python, script, start) in ways.items():
                    with served(python, script, folder) as port:
                        rounds[way].append(measured(browser, port, start, asked.seconds, count))
                    loads.append(os.getloadavg()[0])
    columns = ("pictures/s, median (range)", "age ms, median / p95", "round trip ms, median / p95", "longest gap ms")
    print(f"| way | {' | '.join(columns)} | first overlay s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for way, results in rounds.items():
        told(way, results)
    print(
        f"\n{os.cpu_count()} cores, load {min(loads):.1f} to {max(loads):.1f} in all, {asked.rounds} rounds of {asked.seconds:g} s"
    )


if __name__ == "__main__":
    main()
