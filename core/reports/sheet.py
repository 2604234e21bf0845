"""The sheets of a report: type, tables, and the document with its running head, "page x of y" and metadata.

reportlab is used here, in ``fonts`` and in ``face_drawing``, nowhere else. The same input gives the same bytes: the document is
dated by its data and reads no clock.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4, letter  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.utils import TimeStamp  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    BaseDocTemplate,
    Frame,
    Image,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from core import __version__
from core.charts.style import LIGHT
from core.reports.content import Paper
from core.reports.fonts import BOLD, ITALIC, TEXT, marked, printable, register_fonts, text_width

MARGIN = 42.0
_HEAD, _FOOT = 30.0, 30.0
_SIZES = {Paper.A4: A4, Paper.LETTER: letter}
_DPI = 220
_JPEG_QUALITY = 88
ELLIPSIS = "…"

INK, MUTED, RULE, HAIR = LIGHT.text, LIGHT.muted, LIGHT.rule, LIGHT.grid


def _style(name: str, size: float, leading: float, font: str = TEXT, colour: str = INK, **more: Any) -> Any:
    register_fonts()
    return ParagraphStyle(
        name, fontName=font, bulletFontName=font, fontSize=size, leading=leading, textColor=HexColor(colour), **more
    )


BODY = _style("body", 8.0, 10.4)
SMALL = _style("small", 7.0, 8.9, colour=MUTED)
SMALL_RIGHT = _style("small right", 7.0, 8.9, colour=MUTED, alignment=2)
CENTRED = _style("centred", 7.0, 8.9, colour=INK, alignment=1)
HEADING = _style("heading", 9.6, 12.0, font=BOLD, spaceBefore=8, spaceAfter=2.5)
NAME = _style("name", 14.0, 17.0, font=BOLD)
FACT = _style("fact", 11.0, 14.0, font=BOLD)
COLUMN = _style("column", 7.0, 8.6, font=BOLD, colour=MUTED)
QUIET = _style("quiet", 7.0, 8.9, font=ITALIC, colour=MUTED)


def width_of(paper: Paper) -> float:
    """Points between the margins."""
    return float(_SIZES[paper][0]) - 2 * MARGIN


def text(words: str, style: Any = BODY) -> Any:
    """A paragraph of plain words."""
    return Paragraph(marked(words), style)


def mixed(markup: str, style: Any = BODY) -> Any:
    """A paragraph of mark-up (``<b>``); whatever comes from outside must have gone through ``marked``."""
    return Paragraph(markup, style)


def bold(words: str) -> str:
    """Plain words as mark-up in bold."""
    return f"<b>{marked(words)}</b>"


def cut(words: str, width: float, lines: int, style: Any = BODY) -> str:
    """``words``, cut with "…" where they would take more lines than allowed at this width in points."""
    whole = printable(words)
    if _lines(whole, width, style) <= lines:
        return whole
    low, high = 0, len(whole)
    while low < high:
        middle = (low + high + 1) // 2
        if _lines(whole[:middle].rstrip() + ELLIPSIS, width, style) <= lines:
            low = middle
        else:
            high = middle - 1
    kept = whole[:low].rstrip()
    between = kept.rfind(" ")
    if between > 0.7 * len(kept):  # not inside a word, unless the word is long
        kept = kept[:between].rstrip(" ,;.")
    return kept + ELLIPSIS


def _lines(words: str, width: float, style: Any) -> int:
    paragraph = Paragraph(marked(words), style)
    paragraph.wrap(width, 1e6)
    return len(paragraph.blPara.lines)


def heading(words: str, note: str = "") -> Any:
    """A heading of a part, with a quiet note behind it."""
    behind = f'<font name="{TEXT}" size="7" color="{MUTED}">&nbsp;&nbsp;{marked(note)}</font>' if note else ""
    return Paragraph(marked(words) + behind, HEADING)


def gap(points: float) -> Any:
    """Empty height."""
    return Spacer(1, points)


Cell = Any


def table(
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    *,
    heads: int = 1,
    rules: Iterable[int] = (),
    spans: Iterable[tuple[int, int, int]] = (),
    tight: bool = False,
    groups: Iterable[int] = (),
) -> Any:
    """A table with hairlines between its rows.

    Args:
        rows: cells are paragraphs or "".
        widths: of the columns, points.
        heads: rows that head it.
        rules: columns that an upright rule stands before.
        spans: (row, first column, last column) that are one cell.
        tight: less room above and below the words.
        groups: rows whose one cell heads those that follow.
    """
    pad = 1.2 if tight else 2.2
    commands: list[tuple[Any, ...]] = [
        ("FONTNAME", (0, 0), (-1, -1), TEXT),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), pad),
        ("BOTTOMPADDING", (0, 0), (-1, -1), pad + 0.6),
        ("LINEBELOW", (0, heads), (-1, -1), 0.3, HexColor(HAIR)),
        ("LINEBELOW", (0, -1), (-1, -1), 0.6, HexColor(RULE)),
    ]
    if heads:
        commands += [
            ("VALIGN", (0, 0), (-1, heads - 1), "BOTTOM"),
            ("LINEBELOW", (0, heads - 1), (-1, heads - 1), 0.6, HexColor(RULE)),
        ]
    commands += [("LINEBEFORE", (column, 0), (column, -1), 0.6, HexColor(RULE)) for column in rules]
    commands += [("BACKGROUND", (0, row), (-1, row), HexColor(LIGHT.panel)) for row in groups]
    commands += [("SPAN", (first, row), (last, row)) for row, first, last in spans]
    return Table([list(row) for row in rows], colWidths=list(widths), style=commands, hAlign="LEFT", repeatRows=heads)


def columns(cells: Sequence[Cell], widths: Sequence[float], *, space: float = 0.0) -> Any:
    """Cells side by side, their tops level."""
    style = [
        ("FONTNAME", (0, 0), (-1, -1), TEXT),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), space),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table([list(cells)], colWidths=list(widths), style=style, hAlign="LEFT")


def boxes(facts: Sequence[tuple[str, str]], width: float) -> Any:
    """Facts in boxes side by side: a small label above a large value of two lines at most; a line break in it is kept."""
    each = width / len(facts)
    room = each - 10
    labels = [text(label, SMALL) for label, _ in facts]
    values = []
    for _, value in facts:
        lines = value.split("\n")
        values.append([text(cut(line, room, 2 if len(lines) == 1 else 1, FACT), FACT) for line in lines])
    style = [
        ("FONTNAME", (0, 0), (-1, -1), TEXT),
        ("BOX", (0, 0), (-1, -1), 0.6, HexColor(RULE)),
        ("LINEBEFORE", (1, 0), (-1, -1), 0.6, HexColor(RULE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 6),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, 0), 4),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 0),
        ("TOPPADDING", (0, 1), (-1, 1), 0),
        ("BOTTOMPADDING", (0, 1), (-1, 1), 5),
    ]
    return Table([labels, values], colWidths=[each] * len(facts), style=style, hAlign="LEFT")


def boxed(lines: Sequence[Any], width: float) -> Any:
    """Paragraphs in a heavy frame: what must be read before anything else."""
    style = [
        ("FONTNAME", (0, 0), (-1, -1), TEXT),
        ("BOX", (0, 0), (-1, -1), 1.4, HexColor(INK)),
        ("LEFTPADDING", (0, 0), (-1, -1), 7),
        ("RIGHTPADDING", (0, 0), (-1, -1), 7),
        ("TOPPADDING", (0, 0), (-1, -1), 4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    ]
    return Table([[list(lines)]], colWidths=[width], style=style, hAlign="LEFT")


def picture(image: np.ndarray, side: float) -> Any:
    """A picture in a square of ``side`` points.

    Args:
        image: (H, W, 3) uint8 RGB.
        side: longest side on paper, points.
    """
    from PIL import Image as Pixels

    pixels = Pixels.fromarray(np.ascontiguousarray(image[..., :3]))
    longest = max(1, round(side / 72 * _DPI))
    pixels.thumbnail((longest, longest))
    stream = io.BytesIO()
    pixels.save(stream, "JPEG", quality=_JPEG_QUALITY)
    scale = side / max(pixels.size)
    return Image(stream, width=pixels.width * scale, height=pixels.height * scale)


@dataclass(frozen=True)
class Imprint:
    """What every sheet and the file itself say.

    Attributes:
        title: of the document; needs no name of a patient.
        kind: in the running head, e.g. "Report of a visit".
        whose: in the running foot: name, number, day.
        simulated: mark every sheet.
        made_at: date of the document.
    """

    title: str
    kind: str
    whose: str
    simulated: bool
    made_at: datetime


Sheet = Callable[[int], list[Any]]
"""The flowables of one sheet at a level of detail, 0 the most; made anew at every call."""


def build(sheets: Sequence[Sheet], details: int, imprint: Imprint, paper: Paper) -> bytes:
    """The PDF, every sheet with the most details that fit on it; what is too long even with the fewest goes on on a further one.

    Args:
        sheets: what stands on each.
        details: number of levels of detail.
        imprint: for heads, feet and metadata.
        paper: size.
    """
    width, height = _frame_size(paper)
    chosen = [
        next((level for level in range(details) if _height(sheet(level), width) <= height), details - 1)
        for sheet in sheets
    ]

    def story() -> list[Any]:
        parts = [sheet(level) for sheet, level in zip(sheets, chosen, strict=True)]
        return [flowable for part in parts for flowable in (*part, PageBreak())][:-1]

    content, total = _once(story(), imprint, paper, len(sheets))
    return content if total == len(sheets) else _once(story(), imprint, paper, total)[0]


def _height(flowables: Sequence[Any], width: float) -> float:
    """Points that flowables take below one another."""
    return float(sum(f.wrapOn(None, width, 1e6)[1] + f.getSpaceBefore() + f.getSpaceAfter() for f in flowables))


def _frame_size(paper: Paper) -> tuple[float, float]:
    width, height = _SIZES[paper]
    return float(width) - 2 * MARGIN, float(height) - MARGIN - _FOOT - _HEAD


def _once(story: list[Any], imprint: Imprint, paper: Paper, total: int) -> tuple[bytes, int]:
    stream = io.BytesIO()
    size = _SIZES[paper]
    made = f"Hemiface {__version__}"
    document = BaseDocTemplate(
        stream,
        pagesize=size,
        title=printable(imprint.title),
        author=made,
        subject=printable(imprint.kind),
        creator=made,
        lang="en",
        displayDocTitle=True,
        invariant=1,
        pageCompression=1,
        initialFontName=TEXT,
    )
    frame = Frame(
        MARGIN,
        MARGIN / 2 + _FOOT,
        *_frame_size(paper),
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )

    def furnish(canvas: Any, page: Any) -> None:
        _date(canvas, imprint.made_at)
        _furniture(canvas, page.page, total, imprint, size)

    document.addPageTemplates(PageTemplate("sheet", [frame], onPage=furnish))
    document.build(story)
    return stream.getvalue(), int(document.page)


def _date(canvas: Any, at: datetime) -> None:
    """The document's dates in its metadata."""
    at = at.astimezone(UTC) if at.tzinfo else at
    stamp = TimeStamp(1)
    stamp.YMDhms, stamp.dhh, stamp.dmm, stamp.tzname = at.timetuple()[:6], 0, 0, "UTC"
    canvas._doc._timeStamp = stamp


def _furniture(canvas: Any, page: int, total: int, imprint: Imprint, size: tuple[float, float]) -> None:
    """Running head and foot of one sheet."""
    right = size[0] - MARGIN
    top, bottom = size[1] - MARGIN / 2 - 12, MARGIN / 2 + 12
    canvas.saveState()
    canvas.setStrokeColor(HexColor(RULE))
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, top - 6, right, top - 6)
    canvas.line(MARGIN, bottom + 10, right, bottom + 10)
    canvas.setFillColor(HexColor(INK))
    canvas.setFont(BOLD, 8.5)
    canvas.drawString(MARGIN, top, "Hemiface")
    canvas.setFont(TEXT, 8.5)
    canvas.drawString(MARGIN + 50, top, imprint.kind)
    if imprint.simulated:
        words = "SIMULATED PATIENT"
        wide = text_width(words, BOLD, 8) + 12
        canvas.rect(right - wide, top - 3.5, wide, 13, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#FFFFFF"))
        canvas.setFont(BOLD, 8)
        canvas.drawString(right - wide + 6, top + 0.2, words)
    canvas.setFillColor(HexColor(MUTED))
    canvas.setFont(TEXT, 6.7)
    number = f"Page {page} of {total}"
    canvas.drawString(MARGIN, bottom, _fitting(imprint.whose, right - MARGIN - text_width(number, TEXT, 6.7) - 20))
    canvas.drawRightString(right, bottom, number)
    canvas.drawString(
        MARGIN,
        bottom - 9,
        "Research and teaching; not a medical device, makes no diagnosis. Every score is an estimate.",
    )
    canvas.restoreState()


def _fitting(words: str, width: float, font: str = TEXT, size: float = 6.7) -> str:
    """One line, cut with "…" at its end where it is too long."""
    kept = printable(words)
    if text_width(kept, font, size) <= width:
        return kept
    while kept and text_width(kept.rstrip() + ELLIPSIS, font, size) > width:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS
