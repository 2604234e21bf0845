"""Chromium on this computer, and one whose camera plays a clip of ``tests.fake_camera``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# The second one grants the camera without asking; the third one replaces it by a picture of Chromium's own or by a file.
_ARGUMENTS = ("--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def launch(playwright_driver: Any, *extra_args: str) -> Any:
    """A headless Chromium with a fake camera; the caller closes it."""
    return playwright_driver.chromium.launch(executable_path=CHROMIUM, args=[*_ARGUMENTS, *extra_args])


@contextmanager
def browser_with_camera(playwright_driver: Any, file: Path, *extra_args: str) -> Iterator[Any]:
    """A browser that sees ``file`` (.mjpeg or .y4m) when a page opens the camera; each opening begins with its first frame.

    Args:
        playwright_driver: the session's (a thread can run only one).
        file: from ``tests.fake_camera.write_camera``.
        extra_args: more switches for Chromium.
    """
    browser = launch(playwright_driver, f"--use-file-for-fake-video-capture={file}", *extra_args)
    try:
        yield browser
    finally:
        browser.close()
