"""Everything about the screen that stands in docs/accuracy.md between its marks, from what is stored."""

from __future__ import annotations

from collections import Counter

from core.markdown import markdown_table
from models.evidence.groups import FEWEST_PEOPLE, subgroup_rows
from models.evidence.probes import (
    CONFOUNDED,
    INCONCLUSIVE,
    PROBES,
    half_findings,
    headline_label,
    marked,
    probe_findings,
)
from models.evidence.rows import cases_of, counted
from models.evidence.store import ModelFacts
from models.evidence.stored import BASELINE, SCREEN, Stored
from models.evidence.stress import stress_findings
from models.evidence.tables import (
    PUBLISHED_MS,
    abstention_table,
    against_table,
    calibration_words,
    coverage_table,
    expression_table,
    judged_table,
    measured_table,
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
_NOT_ASKED = "not asked"
_PICTURES = (
    "Of synkinetic examinations only pictures count that show unwanted movement. Where a row has none of these, as at rest, every "
    "picture is a case without synkinesis."
)
_PAPER = "paper (its own data)"


def screening_part(stored: Stored, command: str) -> str:
    """The whole part.

    Args:
        stored: predictions and evidence.
        command: that prints it again.
    """
    exams, facts, used = stored.exams(), stored.facts(), stored.as_used()
    refused = stored.evidence.asked_refused
    parts = [
        f"Command: `{command}`, from stored predictions; they were made by `{stored.evidence.command}`.",
        f"Data: {stored.evidence.cohort} Test: {counted(exams)}.",
        f"**{headline_label(probe_findings(exams, stored.evidence.probes))}**",
        people_table(exams),
        "### The published figures, the published layout and Hemiface\n\n" + main_table(stored),
        "### Healthy faces and palsy without synkinesis apart\n\nExaminations.\n\n" + against_table(exams, facts.exam),
        "### Whom it flags\n\n" + _GATE[refused is not None] + "\n\n" + verdict_table(used, facts.exam, refused),
        "By strength of the strongest synkinesis that was put in:\n\n" + strength_table(exams, facts.exam),
        "### Single pictures\n\n" + _picture_words(stored) + expression_table(stored.pictures(), facts.picture),
        "### Measured synkinesis and the network\n\n" + measured_part(stored),
        "### Photographs of people and drawn people\n\nBoth simulated.\n\n" + source_table(exams, facts.exam),
        "### Calibration\n\n" + calibration_words(exams) + "\n\n" + reliability_table(exams),
        "### What an answer is worth\n\nWhere so many of those examined have synkinesis:\n\n"
        + prevalence_table(exams, facts.exam),
        "### What the quality gate refuses\n\n" + gate_part(stored),
        "### Accuracy against coverage\n\n" + coverage_table(used, facts.exam, refused),
        "### Groups of people\n\n" + subgroup_table(stored),
        "### Probes for confounders, and controls\n\n" + probe_table(stored),
        "### Stress\n\n" + stress_table(stored),
    ]
    return "\n\n".join(parts)


def _picture_words(stored: Stored) -> str:
    """What counts as a case, where pictures that do not show the synkinesis of their examination are left out."""
    exams = len({row.exam for row in stored.exams() if row.label})
    shown = Counter(row.expression for row in stored.pictures() if row.label)
    return _PICTURES + "\n\n" if any(shown[row.expression] < exams for row in stored.pictures()) else ""


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


def measured_part(stored: Stored) -> str:
    """The measured scores as a baseline, where full examinations were simulated."""
    exams, measured = stored.exams(), stored.evidence.measured
    if not any(row.exam in measured for row in exams):
        return "No examination was measured."
    return (
        "Full examinations of test people, from which synkinesis was measured, too (any branch and side). Their landmarks between "
        "the pictures are interpolated and the movements' times are known, which favours what is measured.\n\n"
        + measured_table(exams, measured, stored.facts().exam)
    )


def gate_part(stored: Stored) -> str:
    """What the gate refuses, beside the accuracy."""
    refused = stored.evidence.asked_refused
    if refused is None:
        return "The quality gate was not asked about these examinations."
    table = abstention_table(stored.exams(), stored.as_used(), stored.facts().exam, refused)
    words = (
        "An examination is refused without a usable picture at rest and one of tight eye closure or a big smile. Those that pass "
        "are judged without refused pictures, as in use."
    )
    return f"{words}\n\n{table}"


def subgroup_table(stored: Stored) -> str:
    """Groups of people; insufficient data below 30 of them."""
    lines = []
    refused, used = stored.evidence.asked_refused, stored.as_used()
    passed = None if refused is None else cases_of([row for row in used if row.exam not in refused])
    for row in subgroup_rows(cases_of(stored.exams()), stored.evidence.people, stored.facts().exam, passed=passed):
        told = [
            INSUFFICIENT if found is None else words(found)
            for found, words in (
                (row.auc, lambda found: number(found, 3)),
                (row.sensitivity, percent),
                (row.specificity, percent),
                (row.accuracy, percent),
            )
        ]
        gate = [INSUFFICIENT if found is None else percent(found) for found in (row.accuracy_passed, row.rejection)]
        if refused is None:
            gate = [_NOT_ASKED] * 2
        lines.append([row.kind, row.group, f"{row.test_people} ({row.exams})", *told, gate[0]])
        lines[-1] += [str(row.gate_people), gate[1]]
    head = ["", "group", "test people (examinations)", "AUC", "sensitivity", "specificity", "accuracy"]
    head += ["accuracy of what the gate lets pass", "people of all splits", "refused by the gate"]
    return (
        f'Fewer than {FEWEST_PEOPLE} people in a group: "{INSUFFICIENT}". The gate learned from nobody, so people of all splits '
        f"count for it.\n\n{markdown_table(head, lines)}"
    )


def probe_table(stored: Stored) -> str:
    """What probes and controls found."""
    exams = stored.exams()
    lines = []
    found = probe_findings(exams, stored.evidence.probes)
    for finding in found:
        outcome = finding.outcome
        beside = finding.beside_chance
        if finding.probe.expected == "chance":
            words = {"not apart": "holds 0.5", "not known": "**no interval**"}.get(beside, "**confounded**")
            told = f"probe: {words}"
        else:
            told = "control: " + ("above chance" if beside == "above" else "**not above chance**")
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
    outcome = {CONFOUNDED: "confounded", INCONCLUSIVE: "inconclusive", "": "not confounded by what was probed"}
    return f"Outcome: {outcome[marked(headline_label(found))] if found else 'not probed'}.\n\n{table}{more}"


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
            *([percent(one.refused), percent(one.accuracy_passed)] if one.asked else [_NOT_ASKED] * 2),
        ]
        for one in found
    ]
    head = ["change", "change of AUC", "accuracy", "change of accuracy", "another verdict", "refused by the gate"]
    table = markdown_table([*head, "accuracy of those not refused"], lines)
    return (
        "The operating point stays as it was. The gate was asked whether the cheeks are too dark or too bright once the light is "
        "changed; its limits of sharpness hold for pictures as they are taken, not for these small ones, so it was not asked about "
        f"blur.\n\n{table}"
    )


def _time(facts: ModelFacts) -> str:
    return NOTHING if facts.runtime is None else f"{facts.runtime.mean_ms:.1f} ± {facts.runtime.sd_ms:.1f}"
