"""Segments: which expression was performed from when to when."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InputError
from core.exam.protocol import Expression


class SegmentSource(StrEnum):
    """Where a segment comes from."""

    FILE = "file"
    CUE = "cue"
    PROPOSED = "proposed"
    CLINICIAN = "clinician"


class Segment(BaseModel):
    """One performance of one expression; several segments of the same expression are its repetitions."""

    model_config = ConfigDict(frozen=True)

    expression: Expression
    start_s: float = Field(ge=0)
    end_s: float
    source: SegmentSource = SegmentSource.FILE
    confidence: float | None = Field(default=None, ge=0, le=1, description="of the proposed name, 0 to 1")

    @model_validator(mode="after")
    def _ends_after_start(self) -> Segment:
        if self.end_s <= self.start_s:
            raise ValueError(f"end_s must lie after start_s, got {self.start_s:g} to {self.end_s:g}")
        return self

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


class SegmentFile(BaseModel):
    """Contents of a segments file: ``{"segments": [{"expression": "smile_open", "start_s": 12.4, "end_s": 17.0}, ...]}``."""

    segments: list[Segment]


def read_segments(path: Path) -> list[Segment]:
    """Segments of a JSON file in time order; raises InputError with one sentence for anything else."""
    try:
        segments = SegmentFile.model_validate(json.loads(path.read_text(encoding="utf-8"))).segments
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise InputError(f"The segments file {path.name} cannot be read as JSON.", code="segments") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"The segments file {path.name} is wrong at {place}: {first['msg']}.", code="segments"
        ) from problem
    return sorted(segments, key=lambda segment: segment.start_s)


def write_segments(path: Path, segments: list[Segment]) -> None:
    """Write a segments file that ``read_segments`` reads."""
    path.write_text(SegmentFile(segments=segments).model_dump_json(indent=1, exclude_none=True), encoding="utf-8")
