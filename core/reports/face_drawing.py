"""The face map as vector graphics for print: the geometry of core.charts.face_geometry, numbers and patterns beside the tones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.platypus import Flowable  # type: ignore[import-untyped]

from core.charts.face_geometry import Y_RANGE, Stroke, background_strokes, feature_strokes, territory
from core.charts.scores import Score
from core.charts.style import LIGHT, Quantity, grade_bands, mix, score_colour, text_on
from core.reports.fonts import BOLD, TEXT, text_width
from core.words import SIDES, Branch, Side

_NAME_X = 0.88
_X_NAMED, _X_PLAIN = 1.53, 1.06
_HEADING_Y, _TOP = 1.33, 1.45
_PEN = {"line": 0.75, "fine": 0.45}
_HATCH_SPACING = 0.075
HYPERTONIC = "◆"
MISSING = "n/a"


class Pattern(StrEnum):
    """What a territory is filled with beside its tone."""

    PLAIN = "plain"
    HATCHED = "hatched"
    """Rising strokes: not assessable, not comparable."""
    FALLING = "falling"
    """Falling strokes, on a tone."""
    DOTTED = "dotted"


@dataclass(frozen=True)
class Mark:
    """How one territory is drawn.

    Attributes:
        words: printed in the territory; short.
        colour: "#RRGGBB" of its ground.
        pattern: over the ground.
        below: a smaller second line.
    """

    branch: Branch
    side: Side
    words: str
    colour: str
    pattern: Pattern = Pattern.PLAIN
    below: str = ""


def score_marks(scores: Sequence[Score]) -> list[Mark]:
    """The territories of a map of scores; what cannot be assessed is hatched."""
    return [
        Mark(score.branch, score.side, MISSING, LIGHT.missing, Pattern.HATCHED)
        if score.value is None
        else Mark(
            score.branch,
            score.side,
            f"{score.value:.0f}",
            score_colour(score.quantity, score.value),
            below=HYPERTONIC if score.hypertonic else "",
        )
        for score in scores
    ]


class FaceDrawing(Flowable):  # type: ignore[misc]
    """One face with ten territories, arranged as when facing the patient: the patient's right is on the left.

    Args:
        marks: of the territories.
        width: points; the height follows.
        names: write the names of the branches beside the face.
    """

    def __init__(self, marks: Sequence[Mark], width: float, *, names: bool = True) -> None:
        super().__init__()
        self.marks, self.names = marks, names
        self._limit = _X_NAMED if names else _X_PLAIN
        self._unit = width / (2 * self._limit)
        self._size = 6.5 if names else 6.0
        self.width, self.height = width, (_TOP - Y_RANGE[0]) * self._unit

    def draw(self) -> None:
        """Called by reportlab with the canvas at the lower left corner."""
        canvas = self.canv
        canvas.saveState()
        edge = canvas.beginPath()
        edge.rect(0, 0, self.width, self.height)
        canvas.clipPath(edge, stroke=0, fill=0)
        canvas.setLineJoin(1)
        canvas.setLineCap(1)
        for stroke in background_strokes():
            self._stroke(stroke)
        for mark in self.marks:
            self._territory(mark)
        for stroke in feature_strokes():
            self._stroke(stroke)
        for mark in self.marks:
            self._words(mark)
        self._sides()
        canvas.restoreState()

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x + self._limit) * self._unit, (y - Y_RANGE[0]) * self._unit

    def _path(self, points: np.ndarray, *, close: bool) -> Any:
        path = self.canv.beginPath()
        path.moveTo(*self._at(*points[0]))
        for point in points[1:]:
            path.lineTo(*self._at(*point))
        if close:
            path.close()
        return path

    def _stroke(self, stroke: Stroke) -> None:
        fills = {
            "skin": "#FBF9F7",
            "hair": "#D9D5D1",
            "sclera": "#FFFFFF",
            "iris": mix(LIGHT.feature, "#FFFFFF", 0.45),
            "pupil": LIGHT.feature,
            "ink": LIGHT.feature,
        }
        canvas = self.canv
        if stroke.kind in fills:
            canvas.setFillColor(HexColor(fills[stroke.kind]))
            canvas.drawPath(self._path(stroke.points, close=True), stroke=0, fill=1)
        elif stroke.kind in _PEN:
            canvas.setStrokeColor(
                HexColor(LIGHT.feature if stroke.kind == "line" else mix(LIGHT.feature, "#FFFFFF", 0.5))
            )
            canvas.setLineWidth(_PEN[stroke.kind])
            canvas.drawPath(self._path(stroke.points, close=False), stroke=1, fill=0)
        else:  # lips: the tone of the territory shows through
            canvas.setStrokeColor(HexColor(mix(LIGHT.feature, "#FFFFFF", 0.3)))
            canvas.setLineWidth(_PEN["fine"])
            canvas.drawPath(self._path(stroke.points, close=True), stroke=1, fill=0)

    def _territory(self, mark: Mark) -> None:
        canvas = self.canv
        outline = territory(mark.branch, mark.side).polygon
        canvas.setFillColor(HexColor(mark.colour))
        canvas.drawPath(self._path(outline, close=True), stroke=0, fill=1)
        if mark.pattern is not Pattern.PLAIN:
            canvas.saveState()
            canvas.clipPath(self._path(outline, close=True), stroke=0, fill=0)
            draw_pattern(canvas, mark.pattern, mark.colour, self._at(*outline.min(axis=0)), self._at(*outline.max(axis=0)),
                         _HATCH_SPACING * self._unit)  # fmt: skip
            canvas.restoreState()
        canvas.setStrokeColor(HexColor(mix(mark.colour, LIGHT.feature, 0.5)))
        canvas.setLineWidth(0.5)
        canvas.drawPath(self._path(outline, close=True), stroke=1, fill=0)

    def _words(self, mark: Mark) -> None:
        canvas, place = self.canv, territory(mark.branch, mark.side)
        x, y = self._at(*place.label)
        plain = mark.pattern is Pattern.PLAIN
        size = (0.128 if plain else 0.095 if mark.words == MISSING else 0.118) * self._unit
        size = max(size, 5.5)
        middle = y - 0.36 * size + (0.2 * size if mark.below else 0)
        if not plain:
            self._plate(x, middle, text_width(mark.words, BOLD, size), size)
        colour = text_on(mark.colour) if plain else LIGHT.text
        canvas.setFillColor(HexColor(colour))
        canvas.setFont(BOLD, size)
        canvas.drawCentredString(x, middle, mark.words)
        if mark.below:
            canvas.setFont(BOLD, 0.6 * size)
            canvas.drawCentredString(x, middle - 0.75 * size, mark.below)
        if self.names:
            self._name(mark)

    def _plate(self, x: float, y: float, width: float, size: float) -> None:
        """A quiet ground behind words on a pattern."""
        self.canv.setFillColor(HexColor("#FFFFFF"))
        self.canv.roundRect(x - width / 2 - 1.5, y - 0.22 * size, width + 3, 1.16 * size, 1.5, stroke=0, fill=1)

    def _name(self, mark: Mark) -> None:
        """The branch's name beside the face, with a thin line to its territory."""
        canvas, sign = self.canv, mark.side.lateral_sign
        x, y = territory(mark.branch, mark.side).name_at
        canvas.setStrokeColor(HexColor(LIGHT.rule))
        canvas.setLineWidth(0.4)
        canvas.line(*self._at(x, y), *self._at(sign * (_NAME_X - 0.03), y))
        canvas.setFillColor(HexColor(LIGHT.text))
        canvas.setFont(TEXT, self._size)
        lines = mark.branch.label.split(" ")
        at, middle = self._at(sign * _NAME_X, y)
        draw = canvas.drawString if mark.side is Side.LEFT else canvas.drawRightString
        for number, line in enumerate(lines):
            draw(at, middle + (len(lines) / 2 - number - 0.78) * 1.15 * self._size, line)

    def _sides(self) -> None:
        """Whose right and left, in words; a small drawing has room for the sides only."""
        canvas, size = self.canv, self._size + 0.7
        long = sum(text_width(f"◀ {side.label} ", BOLD, size) for side in SIDES) < self.width
        canvas.setFont(BOLD, size)
        canvas.setFillColor(HexColor(LIGHT.text))
        for side in SIDES:
            x, y = self._at(side.lateral_sign * self._limit, _HEADING_Y)
            words = side.label if long else side.value
            if side is Side.RIGHT:
                canvas.drawString(x, y, f"◀ {words}")
            else:
                canvas.drawRightString(x, y, f"{words} ▶")


class ScaleBar(Flowable):  # type: ignore[misc]
    """The tones of a quantity with the limits of its grades below and their names above."""

    def __init__(self, of: Quantity, width: float) -> None:
        super().__init__()
        self.of, self.width, self.height = of, width, 25.0

    def draw(self) -> None:
        """Called by reportlab."""
        canvas, steps = self.canv, 50
        left, wide, low, high = 4.0, self.width - 8.0, 8.5, 8.0
        for step in range(steps):
            canvas.setFillColor(HexColor(score_colour(self.of, 100 * (step + 0.5) / steps)))
            canvas.rect(left + wide * step / steps, low, wide / steps + 0.3, high, stroke=0, fill=1)
        canvas.setStrokeColor(HexColor(LIGHT.rule))
        canvas.setLineWidth(0.5)
        canvas.rect(left, low, wide, high, stroke=1, fill=0)
        canvas.setFillColor(HexColor(LIGHT.muted))
        canvas.setFont(TEXT, 5.8)
        start = 0.0
        canvas.drawCentredString(left, 1.5, "0")
        for limit, name in grade_bands(self.of):
            x = left + wide * limit / 100
            canvas.line(x, low - 1.5, x, low + high)
            canvas.drawCentredString(x, 1.5, f"{limit:.0f}")
            canvas.drawCentredString(left + wide * (start + limit) / 200, low + high + 2.2, name)
            start = limit


class Swatch(Flowable):  # type: ignore[misc]
    """A small field of a tone and a pattern, for a legend."""

    def __init__(self, colour: str, pattern: Pattern, width: float = 16.0, height: float = 8.0) -> None:
        super().__init__()
        self.colour, self.pattern, self.width, self.height = colour, pattern, width, height

    def draw(self) -> None:
        """Called by reportlab."""
        canvas = self.canv
        canvas.saveState()
        edge = canvas.beginPath()
        edge.rect(0, 0, self.width, self.height)
        canvas.clipPath(edge, stroke=0, fill=0)
        canvas.setFillColor(HexColor(self.colour))
        canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        draw_pattern(canvas, self.pattern, self.colour, (0, 0), (self.width, self.height), 3.2)
        canvas.restoreState()
        canvas.setStrokeColor(HexColor(LIGHT.rule))
        canvas.setLineWidth(0.5)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)


def draw_pattern(
    canvas: Any, pattern: Pattern, ground: str, low: tuple[float, float], high: tuple[float, float], spacing: float
) -> None:
    """Strokes or dots over a rectangle that the caller has clipped."""
    if pattern is Pattern.PLAIN:
        return
    canvas.setStrokeColor(HexColor(LIGHT.missing_line if pattern is Pattern.HATCHED else mix(ground, "#000000", 0.55)))
    canvas.setFillColor(HexColor(mix(ground, "#000000", 0.55)))
    canvas.setLineWidth(0.6)
    (left, bottom), (right, top) = low, high
    if pattern is Pattern.DOTTED:
        for row, y in enumerate(np.arange(bottom, top + spacing, spacing * 0.8)):
            for x in np.arange(left + (row % 2) * spacing / 2, right + spacing, spacing):
                canvas.circle(x, y, 0.13 * spacing, stroke=0, fill=1)
        return
    tall = top - bottom
    for start in np.arange(left - tall, right + tall, spacing):
        rising = pattern is Pattern.HATCHED
        canvas.line(start, bottom if rising else top, start + tall, top if rising else bottom)
