"""The folder of a recording that a browser makes: parts that arrive are on the disk at once, and become one whole file."""

from __future__ import annotations

import os
from pathlib import Path

from core.records.files import disk_errors, flush_folder, sniffed_suffix

ARRIVING = "arriving"
MEDIA = "media"
_CONTAINERS = {".mp4", ".webm", ".mkv", ".mov"}


def is_recording(data: bytes) -> bool:
    """Whether the first part begins as a container does that browsers record into."""
    return sniffed_suffix(data[:64]) in _CONTAINERS


class CaptureFolder:
    """What has come of one capture.

    Args:
        folder: of the capture; it is made with the first part.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arriving = folder / ARRIVING

    def append(self, data: bytes, size: int) -> None:
        """Write a part behind the first ``size`` bytes and flush it to the disk.

        What stood there is cut off: a part whose row was never committed.

        Raises:
            HemifaceError: the disk is full.
        """
        with disk_errors():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with self._arriving.open("r+b" if self._arriving.is_file() else "x+b") as stream:
                stream.seek(size)
                stream.write(data)
                stream.truncate()
                stream.flush()
                os.fsync(stream.fileno())
            if size == 0:
                flush_folder(self._folder)

    def ends_with(self, data: bytes, size: int) -> bool:
        """Whether the first ``size`` bytes end with a part."""
        if not self._arriving.is_file() or len(data) > size:
            return False
        with self._arriving.open("rb") as stream:
            stream.seek(size - len(data))
            return stream.read(len(data)) == data

    def make_whole(self, size: int) -> bool:
        """Make one whole file of the first ``size`` bytes (core.video.repair); True when some of them could not be used.

        It may be done again after it broke off. The parts stay until ``remove_parts``.

        Raises:
            VideoError: nothing can be read of it.
            HemifaceError: the disk is full.
        """
        from core.video.repair import repair_video

        with disk_errors():
            with self._arriving.open("r+b") as stream:
                stream.truncate(size)  # a part whose row was never committed
            for leftover in self._folder.glob(f"{MEDIA}.*"):
                leftover.unlink()
            repaired = repair_video(self._arriving, self._folder, MEDIA)
            with repaired.path.open("r+b") as stream:
                os.fsync(stream.fileno())
            flush_folder(self._folder)
        return repaired.damaged

    def remove_parts(self) -> None:
        """The whole file is there, and its row says so: the parts are no longer needed."""
        self._arriving.unlink(missing_ok=True)

    def media(self) -> Path | None:
        """The whole file, None before there is one."""
        return next(iter(sorted(self._folder.glob(f"{MEDIA}.*"))), None)
