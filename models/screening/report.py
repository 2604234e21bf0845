"""The report of a screening network on people whom it never saw, from its predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.markdown import markdown_table
from models.evidence.measures import MEASURES
from models.evidence.rows import GROUPS, cases_of, chosen, counted, exams_of, pictures_of
from models.evidence.store import Limits
from models.evidence.tables import exam_report
from models.screening.card import Told
from models.screening.manifest import LeftOut
from models.screening.predictions import PredictionRow

_MOST_LISTED = 200


@dataclass(frozen=True)
class Judged:
    """What a network is judged by.

    Attributes:
        rows: its predictions of the people who judge.
        exam, picture: its operating points.
        told: what the people are.
        command: makes it again.
        left_out: what is not among the rows, and why.
    """

    rows: Sequence[PredictionRow]
    exam: Limits
    picture: Limits
    told: Told
    command: str
    left_out: Sequence[LeftOut] = ()


def report_text(judged: Judged, more: str = "") -> str:
    """report.md.

    Args:
        judged: what there is.
        more: a last paragraph.
    """
    exams = exams_of(judged.rows)
    parts = [
        "# Screen for synkinesis",
        f"Command: `{judged.command}`",
        f"Judged on {judged.told.data}: {counted(exams)}. {judged.told.evaluation} {judged.told.caveats} In brackets 95 % "
        "intervals over resampled people (2,000 resamples), Wilson's where fewer than five people err.",
        "## Left out\n\n" + left_out_words(judged.left_out),
        "## Flagged and not flagged, by group\n\nExaminations; flagged from a probability of "
        f"{judged.exam.threshold:.3f} on, which was fixed on validation people.\n\n"
        + confusion_table(exams, judged.exam),
        "## How good it is\n\n" + exam_report(judged.rows, judged.exam, judged.picture),
        more,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def confusion_table(exams: Sequence[PredictionRow], limits: Limits) -> str:
    """How many examinations of every group are flagged, a row a group, those of both classes together last."""
    lines = [
        [
            row["group"],
            "yes" if row["synkinesis"] else "no",
            *(str(row[key]) for key in ("flagged", "not_flagged", "people")),
        ]
        for row in confusion(exams, limits)
    ]
    return markdown_table(["group", "synkinesis", "flagged", "not flagged", "people"], lines)


def confusion(exams: Sequence[PredictionRow], limits: Limits) -> list[dict[str, Any]]:
    """Counts of every group, and of both classes: group, synkinesis, flagged, not_flagged (unsure ones among them), people."""
    groups = {row.group: bool(row.label) for row in exams}
    known = [group for group in GROUPS if group in groups] + sorted(groups.keys() - set(GROUPS))
    counted_rows = [
        (group, groups[group], chosen(exams, lambda row, group=group: row.group == group)) for group in known
    ]
    for label, words in ((True, "all with synkinesis"), (False, "all without")):
        counted_rows.append((words, label, chosen(exams, lambda row, label=label: bool(row.label) is label)))
    found = []
    for group, label, rows in counted_rows:
        flagged = sum(limits.verdict(row.probability or 0.0) == "flagged" for row in rows)
        people = len({row.person for row in rows})
        found.append(
            {
                "group": group,
                "synkinesis": label,
                "flagged": flagged,
                "not_flagged": len(rows) - flagged,
                "people": people,
            }
        )
    return found


def measures(judged: Judged) -> dict[str, dict[str, dict[str, float | None]]]:
    """``"examinations"`` and ``"pictures"`` -> key of a measure -> value, low and high; None where there is none."""
    columns = {
        "examinations": (cases_of(exams_of(judged.rows)), judged.exam),
        "pictures": (cases_of(pictures_of(judged.rows)), judged.picture),
    }
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for title, (cases, limits) in columns.items():
        found[title] = {}
        for measure in MEASURES:
            interval = measure.of(cases, limits)
            ends = {"value": interval.value, "low": interval.low, "high": interval.high}
            found[title][measure.key] = {key: _finite(value) for key, value in ends.items()}
    return found


def left_out_words(left_out: Sequence[LeftOut]) -> str:
    """How much is left out for which reason, and a list of it."""
    if not left_out:
        return "Nothing: every picture was used."
    reasons = Counter(_kind(one.reason) for one in left_out)
    lines = [f"{count} x {reason}" for reason, count in reasons.most_common()]
    listed = [[one.patient, one.what, one.reason] for one in left_out[:_MOST_LISTED]]
    more = f"\n\nAnd {len(left_out) - _MOST_LISTED} more." if len(left_out) > _MOST_LISTED else ""
    table = markdown_table(["patient", "picture", "why"], [[_cell(text) for text in line] for line in listed])
    return f"{len(left_out)} left out: {'; '.join(lines)}.\n\n{table}{more}"


def _kind(reason: str) -> str:
    """A reason without its figures, so that the same ones can be counted."""
    return reason.split(":")[0].split(" by ")[0].rstrip(".").lower()


def _cell(text: str) -> str:
    return text.replace("|", "/")


def _finite(value: float | None) -> float | None:
    return None if value is None or abs(value) == float("inf") else value
