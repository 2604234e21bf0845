"""The benchmark of change: known changes are put in, limits come from people who are not judged, figures are counted rightly."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.change import write_limits
from benchmarks.change_tables import (
    Judged,
    calibrated,
    changing,
    document,
    judged_rows,
    limits_text,
    share,
    smallest_detected,
)
from benchmarks.change_visits import (
    CHANGED,
    MOST_CHANGE,
    UNCHANGED,
    Examined,
    Person,
    Visit,
    conditions,
    examine,
    load,
    people,
    save,
)
from core.exam.protocol import Expression
from core.grading import change_limits
from core.grading.change import Detectable, Kind, Verdict
from core.result import ExamResult
from core.words import BRANCHES, Branch, Side
from tests.exam_samples import synkinetic_exam

R = Side.RIGHT


def visit(level: float, noise: float) -> Visit:
    """A visit at which every branch of the right side scores what was put in, and a little else."""
    exam = synkinetic_exam().result

    def scored(value: float):
        return {
            name: branch.model_copy(
                update={"right": branch.right.model_copy(update={"weakness": value, "synkinesis": value})}
            )
            for name, branch in exam.branches.items()
        }

    put_in = {f"{branch.value}:{side.value}": level if side is R else 0.0 for branch in BRANCHES for side in Side}
    exact = exam.model_copy(update={"branches": scored(level)})
    found = exam.model_copy(update={"branches": scored(level + noise)})
    return Visit(put_in, put_in, {"eye:smile_open": level}, 0.0, unwanted(found, level + noise), unwanted(exact, level))


def unwanted(exam: ExamResult, level: float) -> ExamResult:
    """The result whose right eye narrows by a twentieth of so many millimetres more than the left one in a smile."""
    entries = [
        entry.model_copy(update={"unwanted_mm": (entry.other_side_mm or 0.0) + level / 20})
        if (entry.region, entry.trigger, entry.side) == ("eye", Expression.SMILE_OPEN, R)
        else entry
        for entry in exam.synkinesis
    ]
    return exam.model_copy(update={"synkinesis": entries})


def examined(number: int, part: str, steps: tuple[float, ...] = (10.0, 30.0, 50.0)) -> Examined:
    random = np.random.default_rng(number)
    levels = [20.0] * UNCHANGED + [20.0 + step for step in steps]
    visits = tuple(visit(level, float(random.uniform(-4, 4))) for level in levels)
    return Examined(f"person {number}", part, number % 2 == 1, R, UNCHANGED, visits)


def test_people_of_both_parts_are_others_and_changes_are_known():
    everybody = people((3, 2), None, (0, 0))
    assert len({person.name for person in everybody}) == 5
    assert {person.part for person in everybody[:3]} == {"calibrate"}
    for person in everybody:
        side, made = conditions(person)
        assert conditions(person)[1] == made
        assert len(made) == UNCHANGED + CHANGED
        assert all(replace(c, name="") == replace(made[0], name="") for c in made[:UNCHANGED])
        assert {c.affected_side.side for c in made} <= {side}
        for condition in made[UNCHANGED:]:
            for branch in BRANCHES:
                weaker = condition.weakness(branch, side) - made[0].weakness(branch, side)
                assert 0 <= weaker <= (0 if person.synkinetic else MOST_CHANGE) + 1e-9
                stronger = condition.synkinesis_strength(branch, side) - made[0].synkinesis_strength(branch, side)
                assert 0 <= stronger <= (MOST_CHANGE + 1e-9 if person.synkinetic else 0)
        assert any(c != made[0] for c in made[UNCHANGED:])


def test_photographs_are_shared_out(tmp_path: Path):
    (tmp_path / "neutral").mkdir()
    for i in range(5):
        (tmp_path / "neutral" / f"{i:03}.jpg").touch()
    found = people((0, 0), tmp_path, (9, 1))
    assert [(person.photo, person.part) for person in found] == [
        ("000", "calibrate"),
        ("002", "calibrate"),
        ("004", "calibrate"),
        ("001", "judge"),
    ]


def test_people_are_kept_whole(tmp_path: Path):
    person = examined(1, "judge")
    save(person, tmp_path / "person.json")
    assert load(tmp_path / "person.json") == person
    assert not list(tmp_path.glob("*.part"))


def test_limits_hold_what_the_same_state_differs_by(tmp_path: Path):
    limits = calibrated([examined(i, "calibrate") for i in range(6)])
    # Differences of two uniform errors of 4 points: at most 8, their 1.96 SD 1.96 * 8 / sqrt(6) = 6.4.
    assert 5 <= limits["weakness buccal"] <= 8
    assert limits["excursion smile_open"] == 0.0
    source = tmp_path / "limits.py"
    source.write_text(Path(change_limits.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    write_limits(source, limits)
    assert runpy.run_path(str(source))["CALIBRATED"] == limits
    write_limits(source, limits)
    assert source.read_text(encoding="utf-8").count("CALIBRATED: dict") == 1
    assert limits_text({}) == "CALIBRATED: dict[str, float] = {\n}\n"
    (tmp_path / "other.py").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit, match="marks"):
        write_limits(tmp_path / "other.py", limits)


def test_figures_of_a_small_run(monkeypatch):
    monkeypatch.setattr(change_limits, "CALIBRATED", calibrated([examined(i, "calibrate") for i in range(6)]))
    judged = [examined(i, "judge") for i in range(20, 26)]
    rows = judged_rows(judged)
    buccal = [row for row in changing(rows, Kind.WEAKNESS) if row.row.name == Branch.BUCCAL]
    assert len(buccal) == 3 * 12  # three people with weakness, 15 pairs each, three of them in the same state
    assert all(row.detected for row in buccal if abs(row.put_in) >= 20)
    assert 10 <= smallest_detected(buccal).value <= 20
    assert {row.put_in for row in rows if row.same and row.put_in is not None} == {0.0}
    text = document(judged, rows, "COMMAND")
    assert "`COMMAND`" in text
    assert "36 visits, 90 pairs of visits, 18 of them in the same state" in text
    assert "| Weakness, buccal, affected side | 18 | " in text
    assert "| weakness | buccal |" in text
    assert "nan" not in text


def row_of(put_in: float, verdict: Verdict, person: str) -> Judged:
    found = next(row for row in judged_rows([examined(1, "judge")]) if row.row.kind is Kind.SYNKINESIS and row.affected)
    changed = replace(found.row, verdict=verdict, change=put_in, detectable=Detectable(5.0, 5.0, ""))
    return replace(found, row=changed, put_in=put_in, person=person)


def test_detection_needs_the_right_direction():
    assert row_of(20.0, Verdict.WORSE, "a").detected
    assert not row_of(20.0, Verdict.IMPROVED, "a").detected
    assert row_of(-20.0, Verdict.IMPROVED, "a").detected
    assert row_of(20.0, Verdict.IMPROVED, "a").alarmed
    assert not row_of(20.0, Verdict.WITHIN_ERROR, "a").alarmed


def test_smallest_detected_change_is_where_ninety_per_cent_begin():
    rows = [
        row_of(float(size), Verdict.WORSE if size >= 30 else Verdict.WITHIN_ERROR, str(size % 7)) for size in range(60)
    ]
    found = smallest_detected(rows)
    assert found.value == 30.0
    assert found.low <= 30.0 <= found.high
    never = smallest_detected([row_of(float(size), Verdict.WITHIN_ERROR, str(size % 7)) for size in range(60)])
    assert never.value == float("inf")
    assert smallest_detected([]).value is None


def test_shares_have_intervals_over_people():
    rows = [row_of(1.0, Verdict.WORSE if i % 2 else Verdict.WITHIN_ERROR, f"p{i // 4}") for i in range(40)]
    found = share(rows, lambda row: row.alarmed)
    assert found.value == 0.5
    few = share(rows[:20], lambda _: False)
    assert (few.value, few.low) == (0.0, 0.0)
    assert few.high == pytest.approx(0.161, abs=0.001)


@pytest.mark.slow
def test_a_drawn_person_is_examined_six_times():
    person = examine(Person(21_900, "judge"), None, 1)
    assert len(person.visits) >= 5
    assert person.unchanged >= 2
    assert all(row.row.reason for row in judged_rows([person]))
