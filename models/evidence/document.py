"""Everything about the screen that stands in docs/accuracy.md between its marks, from what is stored."""

from __future__ import annotations

from core.markdown import markdown_table
from models.evidence.groups import FEWEST_PEOPLE, subgroup_rows
from models.evidence.probes import PROBES, half_findings, headline_label, probe_findings
from models.evidence.rows import cases_of, counted
from models.evidence.store import ModelFacts
from models.evidence.stored import BASELINE, SCREEN, Stored
from models.evidence.stress import stress_findings
from models.evidence.tables import (
    PUBLISHED_MS,
    against_table,
    calibration_words,
    coverage_table,
    expression_table,
    judged_table,
    people_table,
    prevalence_table,
    published_column,
    reliability_table,
    source_table,
    strength_table,
    verdict_table,
)
from models.evidence.words import INSUFFICIENT, NOTHING, number, percent, signed

_GATE = {
    True: "Shares of what the gate lets pass, with 95 % intervals.",
    False: "Shares with 95 % intervals. The quality gate was not asked about these examinations.",
}
_PAPER = "paper (its own data)"


def screening_part(stored: Stored, command: str) -> str:
    """The whole part.

    Args:
        stored: predictions and evidence.
        command: that prints it again.
    """
    exams, facts = stored.exams(), stored.facts()
    refused = stored.evidence.asked_refused
    parts = [
        f"Command: `{command}`, from stored predictions; they were made by `{stored.evidence.command}`.",
        f"Data: {stored.evidence.cohort} Test: {counted(exams)}.",
        f"**{headline_label(probe_findings(exams, stored.evidence.probes))}**",
        people_table(exams),
        "### The published figures, the published layout and Hemiface\n\n" + main_table(stored),
        "### Healthy faces and palsy without synkinesis apart\n\nExaminations.\n\n" + against_table(exams, facts.exam),
        "### Whom it flags\n\n" + _GATE[refused is not None] + "\n\n" + verdict_table(exams, facts.exam, refused),
        "By strength of the strongest synkinesis that was put in:\n\n" + strength_table(exams, facts.exam),
        "### Single pictures\n\n" + expression_table(stored.pictures(), facts.picture),
        "### Photographs of people and drawn people\n\nBoth simulated.\n\n" + source_table(exams, facts.exam),
        "### Calibration\n\n" + calibration_words(exams) + "\n\n" + reliability_table(exams),
        "### What an answer is worth\n\nWhere so many of those examined have synkinesis:\n\n"
        + prevalence_table(exams, facts.exam),
        "### Accuracy against coverage\n\n" + coverage_table(exams, facts.exam, refused),
        "### Groups of people\n\n" + subgroup_table(stored),
        "### Probes for confounders, and controls\n\n" + probe_table(stored),
        "### Stress\n\n" + stress_table(stored),
    ]
    return "\n\n".join(parts)


def main_table(stored: Stored) -> str:
    """Measures of the paper, of the published layout and of the screen, on pictures and examinations."""
    columns = {}
    for name, title in ((BASELINE, "published layout"), (SCREEN, "Hemiface")):
        if name in stored.rows:
            facts = stored.facts(name)
            columns[f"{title}, pictures"] = (stored.pictures(name), facts.picture)
            columns[f"{title}, examinations"] = (stored.exams(name), facts.exam)
    table = judged_table(columns, {_PAPER: published_column()})
    times = [_time(stored.facts(name)) for name in (BASELINE, SCREEN) if name in stored.rows for _ in range(2)]
    return f"{table}\n| ms an image | {' | '.join([PUBLISHED_MS, *times])} |"


def subgroup_table(stored: Stored) -> str:
    """Groups of people; insufficient data below 30 of them."""
    lines = []
    for row in subgroup_rows(cases_of(stored.exams()), stored.evidence.people, stored.facts().exam):
        if row.auc is None or row.sensitivity is None or row.specificity is None:
            told = [INSUFFICIENT] * 3
        else:
            told = [number(row.auc, 3), percent(row.sensitivity), percent(row.specificity)]
        gate = INSUFFICIENT if row.rejection is None else percent(row.rejection)
        if stored.evidence.asked_refused is None:
            gate = "not asked"
        lines.append([row.kind, row.group, f"{row.test_people} ({row.exams})", *told, str(row.gate_people), gate])
    head = ["", "group", "test people (examinations)", "AUC", "sensitivity", "specificity"]
    head += ["people of all splits", "refused by the gate"]
    return (
        f'Fewer than {FEWEST_PEOPLE} people in a group: "{INSUFFICIENT}". The gate learned from nobody, so people of all splits '
        f"count for it.\n\n{markdown_table(head, lines)}"
    )


def probe_table(stored: Stored) -> str:
    """What probes and controls found."""
    exams = stored.exams()
    lines = []
    for finding in probe_findings(exams, stored.evidence.probes):
        outcome = finding.outcome
        if finding.probe.expected == "chance":
            told = "probe: " + ("**confounded**" if finding.confounds else "holds 0.5")
        else:
            told = "control: " + ("above chance" if (finding.auc.low or 0.0) > 0.5 else "**not above chance**")
        epochs = NOTHING if outcome.epochs is None else f"{outcome.kept_epoch} of {outcome.epochs}"
        lines.append([finding.probe.title, str(outcome.learned_from), epochs, number(finding.auc, 3), told])
    table = markdown_table(["learned from", "examinations", "epoch kept", "AUC on test people", ""], lines)
    half = next((o for o in stored.evidence.probes if o.probe == "half_crop"), None)
    missing = [probe.title for probe in PROBES.values() if probe.name not in {o.probe for o in stored.evidence.probes}]
    more = f"\n\nNot run: {'; '.join(missing)}." if missing else ""
    if half is not None:
        sides = "; ".join(
            f"synkinesis {title}: {number(found, 3)}" for title, found in half_findings(exams, half).items()
        )
        more += f"\n\nHalf of the face: {sides}."
    return table + more


def stress_table(stored: Stored) -> str:
    """What changes of the pictures do."""
    found = stress_findings(stored.exams(), stored.evidence.stresses, stored.facts().exam)
    if not found:
        return "Not run."
    lines = [
        [
            one.stress.title,
            signed(one.auc_change),
            percent(one.accuracy),
            signed(one.accuracy_change),
            percent(one.other_verdict),
            percent(one.refused),
            percent(one.accuracy_passed),
        ]
        for one in found
    ]
    head = ["change", "change of AUC", "accuracy", "change of accuracy", "another verdict", "refused by the gate"]
    return markdown_table([*head, "accuracy of those not refused"], lines)


def _time(facts: ModelFacts) -> str:
    return NOTHING if facts.runtime is None else f"{facts.runtime.mean_ms:.1f} ± {facts.runtime.sd_ms:.1f}"
