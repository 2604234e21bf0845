"""The second opinion on severity beside the rule-based score, in rows of a table."""

from __future__ import annotations

from core.charts.scores import branch_score
from core.charts.style import Quantity
from core.charts.wording import NOT_ASSESSABLE
from core.result import ExamResult, SideOpinion
from core.words import BRANCHES, SIDES


def opinion_rows(result: ExamResult) -> list[dict[str, str]]:
    """One row a branch: on both sides the score by rule and the second opinion with its interval; none without an opinion."""
    opinion = result.severity_opinion
    if opinion is None:
        return []
    rows = []
    for branch in BRANCHES:
        if branch not in opinion.branches or branch not in result.branches:
            continue
        row = {"Branch": branch.label}
        for side in SIDES:
            name = side.label.capitalize()
            row[f"{name}: by rule"] = branch_score(result, branch, side, Quantity.WEAKNESS).words
            row[f"{name}: second opinion"] = opinion_words(opinion.branches[branch].get(side))
        rows.append(row)
    return rows


def opinion_reasons(result: ExamResult) -> list[str]:
    """Why parts of the second opinion are missing, each reason once with the branches and sides that it concerns."""
    opinion = result.severity_opinion
    if opinion is None:
        return []
    told: dict[str, list[str]] = {}
    for branch in BRANCHES:
        if branch in opinion.branches:
            for side in SIDES:
                found = opinion.branches[branch].get(side)
                if found.severity is None and found.reason and found.reason != opinion.reason:
                    told.setdefault(found.reason, []).append(f"{branch.label.lower()} {side.value}")
    whole = [opinion.reason] if opinion.reason else []
    return whole + [f"Not assessable, {', '.join(what)}: {reason}" for reason, what in told.items()]


def opinion_words(found: SideOpinion) -> str:
    """Severity with its interval, e.g. "55 (40 to 70)"."""
    if found.severity is None:
        return NOT_ASSESSABLE
    words = f"{found.severity:.0f}"
    if found.low is None or found.high is None:
        return words
    return f"{words} ({found.low:.0f} to {found.high:.0f})"
