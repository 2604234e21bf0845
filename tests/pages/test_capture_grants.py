"""Tokens of the recorder: worth one page's recordings of one patient for a while, and only so many requests a minute."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.exam.guide import GuidedProtocol, exam_plan
from pages.components.capture_grants import (
    MOST_BEGUN_A_MINUTE,
    MOST_FRAMES_A_MINUTE,
    VALID_S,
    CaptureGrants,
)

PLAN, OTHER_PLAN = exam_plan(GuidedProtocol.QUICK), exam_plan(GuidedProtocol.CORE)
PAGE = {"patient_id": "a" * 32, "visit_id": "b" * 32, "plan": PLAN}


@pytest.fixture
def clock():
    """A clock that stands until it is moved: [seconds]."""
    return [1000.0]


@pytest.fixture
def grants(clock):
    return CaptureGrants(lambda: clock[0])


def test_a_token_is_random_and_tells_nothing_of_a_patient(grants):
    tokens = {grants.grant(f"session {number}", **PAGE) for number in range(50)}
    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {43}  # 256 bits
    assert not any(PAGE["patient_id"] in token for token in tokens)


def test_a_page_that_is_drawn_again_keeps_its_token(grants):
    token = grants.grant("one", **PAGE)
    grant = grants.find(token)
    grants.add_capture(grant, "c" * 32)
    assert grants.grant("one", **PAGE) == token
    assert grants.find(token) is grant
    assert grant.captures == {"c" * 32}


@pytest.mark.parametrize(
    "other",
    [
        {"patient_id": "x" * 32},
        {"visit_id": "x" * 32},
        {"visit_id": None},
        {"invitation_id": "x" * 32},
        {"plan": OTHER_PLAN},
        {"session": "two"},
    ],
    ids=str,
)
def test_anything_else_is_another_token(grants, other):
    token = grants.grant("one", **PAGE)
    asked = {"session": "one", **PAGE, **other}
    different = grants.grant(asked.pop("session"), **asked)
    assert different != token
    found = grants.find(different)
    assert (found.patient_id, found.visit_id, found.invitation_id, found.plan) == (
        asked["patient_id"],
        asked["visit_id"],
        asked.get("invitation_id"),
        asked["plan"],
    )
    assert found.captures == set(), "it may fill nothing that the other one began"


def test_what_is_no_token_is_worth_nothing(grants):
    token = grants.grant("one", **PAGE)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "one", "*"):
        assert grants.find(wrong) is None


def test_a_token_ends_some_hours_after_its_page_was_last_drawn(grants, clock):
    token = grants.grant("one", **PAGE)
    clock[0] += VALID_S - 1
    assert grants.find(token) is not None
    assert grants.grant("one", **PAGE) == token  # drawn again
    clock[0] += VALID_S - 1
    assert grants.find(token) is not None
    clock[0] += 1
    assert grants.find(token) is None
    assert grants.grant("one", **PAGE) != token


def test_beginning_is_limited_for_each_token_and_the_limit_passes(grants, clock):
    grant = grants.find(grants.grant("one", **PAGE))
    other = grants.find(grants.grant("two", **PAGE))
    assert [grants.may_begin(grant) for _ in range(MOST_BEGUN_A_MINUTE + 3)] == [True] * MOST_BEGUN_A_MINUTE + [
        False
    ] * 3
    assert grants.may_begin(other)
    clock[0] += 59.9
    assert not grants.may_begin(grant)
    clock[0] += 0.2
    assert grants.may_begin(grant)


def test_pictures_are_limited_by_a_window_that_moves(grants, clock):
    grant = grants.find(grants.grant("one", **PAGE))
    given = 0
    for _ in range(16 * 120):  # sixteen a second for two minutes
        given += grants.may_check(grant)
        clock[0] += 1 / 16
    assert given == 2 * MOST_FRAMES_A_MINUTE
    assert grants.may_begin(grant), "pictures do not count as recordings"
    assert len(grant.frames) <= MOST_FRAMES_A_MINUTE


def test_the_session_that_fills_a_recording_is_known(grants):
    grants.add_capture(grants.find(grants.grant("one", **PAGE)), "c" * 32)
    assert grants.session_of("c" * 32) == "one"
    assert grants.session_of("d" * 32) is None


def test_tokens_are_bounded(grants):
    first = grants.grant("session 0", **PAGE)
    for number in range(1, 2100):
        last = grants.grant(f"session {number}", **(PAGE | {"visit_id": None}))
    assert grants.find(first) is None
    assert grants.find(last) is not None


def test_pages_that_ask_at_once_get_one_token_each(grants):
    with ThreadPoolExecutor(8) as many:
        tokens = list(many.map(lambda number: grants.grant(f"session {number % 4}", **PAGE), range(80)))
    assert len(set(tokens)) == 4
