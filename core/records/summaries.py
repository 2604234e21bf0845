"""Summaries of analyses: the few numbers by which many patients are compared, without opening thousands of result.json."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from core.errors import HemifaceError
from core.exam.protocol import Expression
from core.records.analyses import AnalysisRecords
from core.records.tables import AnalysisSummaryRow
from core.result import BranchSide, ExamResult, Pair
from core.words import AffectedSide, Branch, Side

SUMMARY_FORM = 1
"""Raised when the content changes; summaries of another form are made again."""
_BATCH = 500  # below the number of values that any database takes in one statement


class SidePair(NamedTuple):
    """One quantity on both sides, as ``core.result.Pair``, but a hundred thousand of them are made in no time."""

    right: float | None = None
    left: float | None = None

    def get(self, side: Side) -> float | None:
        return self.right if side is Side.RIGHT else self.left


@dataclass(frozen=True)
class ExamSummary:
    """The main numbers of one analysis; None where it could not assess them.

    Attributes:
        affected_side, mode, protocol: as in ExamResult.
        iris_mm: the constant of the millimetre scale.
        scored_side: side of the scales.
        weakness, synkinesis: 0 to 100 of each branch and side.
        overall_weakness: mean weakness of each side.
        sunnybrook_composite, house_brackmann_grade, eface_style_total, fngs2_grade: estimates of the scales.
        excursion_mm: of every expression that was measured.
    """

    affected_side: AffectedSide
    mode: Literal["side_to_side", "normative"]
    protocol: str
    iris_mm: float
    scored_side: Side | None
    weakness: Mapping[Branch, SidePair]
    synkinesis: Mapping[Branch, SidePair]
    overall_weakness: SidePair
    sunnybrook_composite: float | None
    house_brackmann_grade: int | None
    eface_style_total: float | None
    fngs2_grade: int | None
    excursion_mm: Mapping[Expression, SidePair]

    @classmethod
    def of(cls, result: ExamResult) -> Self:
        """The summary of a result, numbers rounded to a thousandth."""
        scales = result.scales
        return cls(
            affected_side=result.affected_side,
            mode=result.mode,
            protocol=result.protocol,
            iris_mm=result.scale.iris_mm,
            scored_side=scales.side,
            weakness=_of_branches(result, lambda entry: entry.weakness),
            synkinesis=_of_branches(result, lambda entry: entry.synkinesis),
            overall_weakness=_rounded_pair(result.overall.weakness),
            sunnybrook_composite=scales.sunnybrook.composite,
            house_brackmann_grade=scales.house_brackmann.grade,
            eface_style_total=_rounded(scales.eface_style.total),
            fngs2_grade=scales.fngs2.grade,
            excursion_mm={
                name: _rounded_pair(entry.excursion_mm)
                for name, entry in result.expressions.items()
                if entry.assessable
            },
        )

    def as_json(self) -> dict[str, Any]:
        """JSON values that ``from_json`` reads; pairs are (right, left)."""
        return {
            "affected_side": self.affected_side.value,
            "mode": self.mode,
            "protocol": self.protocol,
            "iris_mm": self.iris_mm,
            "scored_side": self.scored_side.value if self.scored_side else None,
            "weakness": {branch.value: _pair_json(pair) for branch, pair in self.weakness.items()},
            "synkinesis": {branch.value: _pair_json(pair) for branch, pair in self.synkinesis.items()},
            "overall_weakness": _pair_json(self.overall_weakness),
            "sunnybrook_composite": self.sunnybrook_composite,
            "house_brackmann_grade": self.house_brackmann_grade,
            "eface_style_total": self.eface_style_total,
            "fngs2_grade": self.fngs2_grade,
            "excursion_mm": {name.value: _pair_json(pair) for name, pair in self.excursion_mm.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """What ``as_json`` wrote."""
        more = {
            "affected_side": AffectedSide(content["affected_side"]),
            "scored_side": Side(content["scored_side"]) if content["scored_side"] else None,
            "weakness": {Branch(name): SidePair(*pair) for name, pair in content["weakness"].items()},
            "synkinesis": {Branch(name): SidePair(*pair) for name, pair in content["synkinesis"].items()},
            "overall_weakness": SidePair(*content["overall_weakness"]),
            "excursion_mm": {Expression(name): SidePair(*pair) for name, pair in content["excursion_mm"].items()},
        }
        return cls(**{**content, **more})


class SummaryRecords(AnalysisRecords):
    """Summaries of analyses, made when they are first asked for and kept beside the analyses."""

    def summaries(self, analysis_ids: Collection[str]) -> dict[str, ExamSummary]:
        """Analysis id -> its summary; analyses that are gone or whose result.json cannot be used are left out.

        The first time, an analysis costs the reading of its result.json (some milliseconds); from then on, next to nothing.
        """
        found: dict[str, ExamSummary] = {}
        wanted = list(dict.fromkeys(analysis_ids))
        with self.database.read() as session:
            for some in _batches(wanted):
                query = select(AnalysisSummaryRow.analysis_id, AnalysisSummaryRow.content).where(
                    AnalysisSummaryRow.form == SUMMARY_FORM, AnalysisSummaryRow.analysis_id.in_(some)
                )
                found |= {name: ExamSummary.from_json(content) for name, content in session.execute(query)}
        made: dict[str, ExamSummary] = {}
        for analysis_id in wanted:
            if analysis_id not in found:
                with suppress(HemifaceError):
                    made[analysis_id] = ExamSummary.of(self.load_result(analysis_id))
        if made:
            self._keep_summaries(made)
        return found | made

    def _keep_summaries(self, made: Mapping[str, ExamSummary]) -> None:
        # Another program may have kept the same ones, or erased an analysis: then they are made again the next time.
        with suppress(IntegrityError), self.database.write() as session:
            for some in _batches(list(made)):
                session.execute(delete(AnalysisSummaryRow).where(AnalysisSummaryRow.analysis_id.in_(some)))
            session.add_all(summary_row(name, summary) for name, summary in made.items())


def summary_row(analysis_id: str, summary: ExamSummary) -> AnalysisSummaryRow:
    """The row that keeps a summary."""
    return AnalysisSummaryRow(analysis_id=analysis_id, form=SUMMARY_FORM, content=summary.as_json())


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _BATCH):
        yield names[start : start + _BATCH]


def _of_branches(result: ExamResult, value: Callable[[BranchSide], float | None]) -> dict[Branch, SidePair]:
    return {
        branch: SidePair(right=_rounded(value(entry.right)), left=_rounded(value(entry.left)))
        for branch, entry in result.branches.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _rounded_pair(pair: Pair) -> SidePair:
    return SidePair(right=_rounded(pair.right), left=_rounded(pair.left))


def _pair_json(pair: SidePair) -> list[float | None]:
    return [pair.right, pair.left]
