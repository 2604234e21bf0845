"""The figures of many examinations as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.accuracy.comparison import GRADED_BRANCHES
from benchmarks.accuracy.statistics import agreement, mean
from core.exam.protocol import Expression
from core.grading.synkinesis import REGION_SPECS, Region
from core.markdown import markdown_table
from core.words import AffectedSide

PARALYSED_FROM = 0.95
WEAKNESS_OF_HEALTH = 15.0
PRESENT_STRENGTH, FOUND_SCORE = 0.5, 20.0

Exams = Sequence[dict[str, Any]]


def report(exams: Exams) -> str:
    """All tables of one kind of patients tracked in one way."""
    parts = [
        _people(exams),
        "**Landmarks**: mean distance from the exact point, per cent of the distance of the pupils.\n\n"
        + landmarks(exams),
        "**Excursions** in millimetres. Gain = measured against exact through the origin. Leak = what a paralysed side seems to "
        "move beyond what it truly does, beside a sound side.\n\n" + excursions(exams),
        "**Affected side**, decided from the movement.\n\n" + sides(exams),
        "**Weakness** (0 to 100) of every branch on both sides, against what was put in (100 x attenuation) and against the same "
        "formula on the exact landmarks; affected = sides with something put in.\n\n" + weakness(exams),
        f"**Synkinesis.** Present = strength at least {PRESENT_STRENGTH:g}; found = score at least {FOUND_SCORE:g} of the same "
        "region and trigger on the same side.\n\n" + synkinesis(exams),
        health(exams),
    ]
    return "\n\n".join(parts)


def _people(exams: Exams) -> str:
    groups: dict[str, int] = {}
    for exam in exams:
        groups[exam["case"]["group"]] = groups.get(exam["case"]["group"], 0) + 1
    listed = ", ".join(f"{count} {group}" for group, count in sorted(groups.items()))
    return f"{len(exams)} examinations: {listed}."


def _number(value: float | None, digits: int = 1, unit: str = "") -> str:
    return "-" if value is None else f"{value:.{digits}f}{unit}"


def landmarks(exams: Exams) -> str:
    """Error by region: mean and worst examination."""
    names = list(exams[0]["landmark_error_pct"])
    rows = []
    for name in names:
        values = [exam["landmark_error_pct"][name] for exam in exams]
        rows.append([f"{name} points" if name == "all" else name, _number(mean(values)), _number(max(values))])
    faces = mean([100 * exam["frames_with_face"] for exam in exams])
    found = f"\n\nA face was found in {_number(faces)} % of the frames."
    return markdown_table(["region", "mean, %", "worst examination, %"], rows) + found


def _excursion_rows(exams: Exams, expression: str) -> list[dict[str, Any]]:
    rows = [row for exam in exams for row in exam["excursions"] if row["expression"] == expression]
    return [row for row in rows if row["exact_mm"] is not None and row["measured_mm"] is not None]


def excursions(exams: Exams) -> str:
    """Error of the excursions by movement."""
    table = []
    for expression in Expression:
        rows = _excursion_rows(exams, expression.value)
        if not rows:
            continue
        every, sound = (
            agreement([(row["exact_mm"], row["measured_mm"]) for row in chosen])
            for chosen in (rows, [row for row in rows if row["sound"]])
        )
        still = [r for r in rows if r["attenuation"] >= PARALYSED_FROM and r["other_sound"] and r["other_exact_mm"]]
        leak = mean([row["measured_mm"] - row["exact_mm"] for row in still])
        part = mean([100 * (row["measured_mm"] - row["exact_mm"]) / row["other_exact_mm"] for row in still])
        ratios = [r for exam in exams for r in exam["function_ratios"] if r["expression"] == expression.value]
        ratio = agreement([(row["exact"], row["measured"]) for row in ratios])
        table.append(
            [
                expression.label,
                f"{_number(every.mean_absolute)} ({every.count})",
                f"{_number(sound.gain, 2)} ({sound.count})",
                _number(sound.mean_absolute),
                f"{_number(leak)} mm, {_number(part, 0)} % ({len(still)})" if still else "-",
                f"{_number(ratio.mean_absolute, 2)} ({ratio.count})",
            ]
        )
    head = [
        "movement", "error, all sides (n)", "gain, sound sides (n)", "error, sound sides",
        "leak, of the sound side's movement (n)", "error of the function ratio (n)",
    ]  # fmt: skip
    return markdown_table(head, table)


def sides(exams: Exams) -> str:
    """How often the side comes out."""
    kinds = {
        "none": "healthy", "right": "one side", "left": "one side", "both": "both sides",
    }  # fmt: skip
    counted: dict[str, list[dict[str, Any]]] = {"healthy": [], "one side": [], "both sides": []}
    for exam in exams:
        counted[kinds[exam["side"]["put_in"]]].append(exam)
    rows, wrong = [], []
    for kind, members in counted.items():
        if not members:
            continue
        right = sum(e["side"]["measured"] == e["side"]["put_in"] for e in members)
        exact = sum(e["side"]["exact"] == e["side"]["put_in"] for e in members)
        unknown = sum(e["side"]["measured"] == AffectedSide.UNDETERMINED.value for e in members)
        rows.append(
            [kind, str(len(members)), str(right), str(unknown), str(len(members) - right - unknown), str(exact)]
        )
        wrong += [
            f"{e['case']['group']} ({e['side']['put_in']}) as {e['side']['measured']}"
            for e in members
            if e["side"]["measured"] != e["side"]["put_in"]
        ]
    head = ["affected", "n", "right", "undetermined", "wrong", "right on exact landmarks"]
    named = f"\n\nNot as put in: {'; '.join(wrong)}." if wrong else ""
    return markdown_table(head, rows) + named


def weakness(exams: Exams) -> str:
    """Agreement of the branch scores."""
    table = []
    for branch in GRADED_BRANCHES:
        rows = [row for exam in exams for row in exam["weakness"] if row["branch"] == branch.value]
        affected = [row for row in rows if row["put_in"] > 0]
        put_in = agreement([(row["put_in"], row["measured"]) for row in rows])
        weak = agreement([(row["put_in"], row["measured"]) for row in affected])
        formula = agreement([(row["exact"], row["measured"]) for row in rows])
        weak_formula = agreement([(row["exact"], row["measured"]) for row in affected])
        missing = sum(row["measured"] is None for row in rows)
        table.append(
            [
                branch.label,
                str(put_in.count),
                str(missing),
                _number(put_in.spearman, 2),
                _number(put_in.mean_absolute),
                f"{_number(weak.mean_absolute)} ({_number(weak.bias)})",
                _number(formula.spearman, 2),
                _number(formula.mean_absolute),
                f"{_number(weak_formula.mean_absolute)} ({_number(weak_formula.bias)})",
            ]
        )
    head = [
        "branch", "n", "not assessable", "put in: Spearman", "mean absolute error", "affected sides (bias)",
        "formula on exact landmarks: Spearman", "mean absolute error", "affected sides (bias)",
    ]  # fmt: skip
    return markdown_table(head, table)


def synkinesis(exams: Exams) -> str:
    """Hits by region, and false alarms."""
    table = []
    everything: list[dict[str, Any]] = []
    for region in Region:
        rows = [row for exam in exams for row in exam["synkinesis"] if row["region"] == region.value]
        everything += rows
        table.append([region.value.replace("_", " "), REGION_SPECS[region].branch.label, *_hits(rows)])
    table.append(["all", "", *_hits(everything)])
    head = [
        "region", "branch", "present", "found", "found on exact landmarks", "gain of the score", "mean error of present ones",
    ]  # fmt: skip
    without = [exam for exam in exams if not any(row["strength"] for row in exam["synkinesis"])]
    alarms = [[r for r in exam["synkinesis"] if (r["measured"] or 0) >= FOUND_SCORE] for exam in without]
    named = sorted(
        {f"{r['region'].replace('_', ' ')} in {r['trigger'].replace('_', ' ')}" for rows in alarms for r in rows}
    )
    told = (
        f"\n\nFalse alarms: {sum(map(len, alarms))} of {sum(len(e['synkinesis']) for e in without)} watched pairs, in "
        f"{sum(map(bool, alarms))} of {len(without)} patients without synkinesis"
    )
    return markdown_table(head, table) + told + (f" ({', '.join(named)})." if named else ".")


def _hits(rows: list[dict[str, Any]]) -> list[str]:
    present = [row for row in rows if row["strength"] >= PRESENT_STRENGTH]
    found, exact = (sum((row[key] or 0) >= FOUND_SCORE for row in present) for key in ("measured", "exact"))
    scores = agreement([(row["exact"], row["measured"] or 0.0) for row in present])
    return [str(len(present)), str(found), str(exact), _number(scores.gain, 2), _number(scores.mean_absolute)]


def health(exams: Exams) -> str:
    """What healthy faces score at most."""
    healthy = [exam for exam in exams if exam["side"]["put_in"] == AffectedSide.NONE.value]
    scores = [row["measured"] for exam in healthy for row in exam["weakness"] if row["measured"] is not None]
    unwanted = [row["measured"] or 0.0 for exam in healthy for row in exam["synkinesis"]]
    if not scores:
        return "**Healthy faces**: none among them."
    over = sum(score >= WEAKNESS_OF_HEALTH for score in scores)
    return (
        f"**Healthy faces** ({len(healthy)}): weakness at most {max(scores):.0f}, mean {mean(scores) or 0:.1f}, "
        f"{over} of {len(scores)} scores at {WEAKNESS_OF_HEALTH:g} or above; synkinesis at most {max(unwanted, default=0.0):.0f}."
    )
