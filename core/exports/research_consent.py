"""Consent in research exports: who must have consented to what, and how that is written into the dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from core.errors import InputError
from core.records.consents import Consent, ConsentSubject
from core.records.store import Store

MEASURES, VIDEO = ConsentSubject.MEASURES_RESEARCH, ConsentSubject.VIDEO_RESEARCH
COLUMNS = {
    "consent_measures_research": "whether the patient consented to the use of measures in research: yes, no (withdrawn or "
    "refused); missing where it was not entered",
    "consent_video_research": "the same of videos",
}
"""Columns of participants.tsv, after those of ``bids.PARTICIPANTS``."""

_MOST_NAMED = 5


def require_consents(store: Store, patient_ids: Iterable[str], name: Callable[[str], str], *, with_video: bool) -> None:
    """Refuse an export of patients who have not consented to it; simulated patients need no consent.

    Args:
        store: the records.
        patient_ids: whose visits are exported.
        name: pseudonym of a patient's id.
        with_video: videos are exported, too: every patient must have consented to their use in research.

    Raises:
        InputError: a patient has withdrawn or refused the use of measures, or has not consented to that of videos. The
            sentence names them by their pseudonyms.
    """
    against, without = [], []
    for patient_id in dict.fromkeys(patient_ids):
        if store.patient(patient_id).simulated:
            continue
        consents = store.consents(patient_id)
        if MEASURES in consents and not consents[MEASURES].given:
            against.append(name(patient_id))
        if VIDEO not in consents or not consents[VIDEO].given:
            without.append(name(patient_id))
    if against:
        raise InputError(
            f"Consent to the use of measures in research is withdrawn or refused: {_named(against)}.",
            hint="Leave the visits of these patients out.",
            code="consent",
        )
    if with_video and without:
        raise InputError(
            f"The records hold no consent to the use of videos in research: {_named(without)}.",
            hint="Enter it on the patient's page under Consent, or leave out the videos or these patients.",
            code="consent",
        )


def consent_cells(consents: dict[ConsentSubject, Consent]) -> tuple[str | None, ...]:
    """The cells of ``COLUMNS`` for a patient."""
    return tuple(_answer(consents.get(subject)) for subject in (MEASURES, VIDEO))


def consent_facts(consents: dict[ConsentSubject, Consent], shifted: Callable[[date], object]) -> dict[str, object]:
    """What the sidecar of a video says of the consent to it; the day is shifted as all dates of its patient."""
    entry = consents.get(VIDEO)
    if entry is None:
        return {}
    return {"ConsentVideoResearch": {"Given": entry.given, "Date": str(shifted(entry.day))}}


def _answer(entry: Consent | None) -> str | None:
    if entry is None:
        return None
    return "yes" if entry.given else "no"


def _named(pseudonyms: list[str]) -> str:
    shown = sorted(pseudonyms)[:_MOST_NAMED]
    more = len(pseudonyms) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
