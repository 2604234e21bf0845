"""What an evaluation found beside the predictions, kept as raw outcomes so that every figure can be computed again from them.

NAME.predictions.csv holds the probability of every examination and picture of the test people; NAME.evidence.json what the gate
refused, the operating points that were fixed before, what probes for confounders and stress tests answered on the same
examinations, and to which groups people belong. No statistic is stored. Facts on people are those published with the London
set (self-reported) and a measurement of skin tone; there are no names.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InputError

Probability = float


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Limits(_Record):
    """An operating point: flagged ("refer") from ``threshold`` on, not flagged below ``unsure_from``, unsure between."""

    threshold: Probability
    unsure_from: Probability

    def verdict(self, probability: Probability) -> str:
        """``"flagged"``, ``"unsure"`` or ``"not_flagged"``."""
        if probability >= self.threshold:
            return "flagged"
        return "unsure" if probability >= self.unsure_from else "not_flagged"


class Runtime(_Record):
    """Milliseconds an image, from an aligned picture to its logit, one image at a time: mean and SD of ``images``."""

    mean_ms: float
    sd_ms: float
    images: int
    machine: str


class ModelFacts(_Record):
    """One network that was evaluated: its weights, its operating points, its speed."""

    weights_sha256: str
    exam: Limits
    picture: Limits
    runtime: Runtime | None = None


class PersonFacts(_Record):
    """One person of the cohort, of any split.

    Attributes:
        split: ``"train"``, ``"validation"`` or ``"test"``.
        gender, ethnicity: as reported by the person; None for drawn people.
        ita_deg: skin tone measured on the face at rest, a proxy (``groups.ita_degrees``).
        exams, refused: how many examinations the gate was asked about, and how many it refused.
    """

    split: str
    gender: str | None = None
    ethnicity: str | None = None
    ita_deg: float | None = None
    exams: int = Field(default=0, ge=0)
    refused: int = Field(default=0, ge=0)


class ProbeOutcome(_Record):
    """A network (or regression) that was trained on what should not tell the classes apart, or on less than the whole.

    Attributes:
        probe: its name in ``probes.PROBES``.
        seed: of its training.
        learned_from: examinations that it learned from.
        epochs: that it was trained for, and ``kept_epoch`` whose weights were kept; None for a regression.
        logits: examination -> logit, of test people; not calibrated, for only its order counts.
        further: the same of networks that were trained again with seeds ``seed`` + 1 and so on.
    """

    probe: str
    seed: int
    learned_from: int
    epochs: int | None = None
    kept_epoch: int | None = None
    logits: dict[str, float]
    further: list[dict[str, float]] = []

    @property
    def runs(self) -> list[dict[str, float]]:
        """Logits of every training."""
        return [self.logits, *self.further]


class StressOutcome(_Record):
    """The network that ships, on changed pictures of the test people.

    Attributes:
        stress: its name in ``stress.STRESSES``.
        exams: examination -> probability.
        refused: examinations that the gate refuses once their pictures are changed so; None when it was not asked.
    """

    stress: str
    exams: dict[str, Probability]
    refused: list[str] | None = None


class Evidence(_Record):
    """Everything; see the module.

    Attributes:
        command: that made it.
        date: when, ISO.
        cohort: what the data are, in words that say "simulated".
        models: name -> facts; the baseline beside the network that ships.
        people: name -> facts, of every split.
        refused: examination of the test people -> why the gate refuses it.
        partly: examination that the gate lets pass without some of its pictures -> what the screen says without these.
        measured: full examination of test people -> the greatest score of synkinesis that was measured, 0 to 100.
        probes, stresses: outcomes.
    """

    command: str
    date: str
    cohort: str
    models: dict[str, ModelFacts]
    people: dict[str, PersonFacts] = {}
    refused: dict[str, str] = {}
    partly: dict[str, Probability] = {}
    measured: dict[str, float] = {}
    probes: list[ProbeOutcome] = []
    stresses: list[StressOutcome] = []

    @property
    def asked_refused(self) -> dict[str, str] | None:
        """``refused``, or None when nobody asked the gate."""
        return self.refused if any(facts.exams for facts in self.people.values()) else None


def read_evidence(path: Path) -> Evidence:
    """The evidence in a file; InputError when it cannot be used."""
    try:
        return Evidence.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"The file {path.name} cannot be read.", code="evidence") from problem
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"The file {path.name} is not complete: {where}: {first['msg']}.", code="evidence"
        ) from problem


def evidence_json(evidence: Evidence) -> str:
    """The text of its file; probabilities to six places, as predictions have them, logits and scores to four."""
    return _rounded(evidence).model_dump_json(indent=1) + "\n"


def _rounded(evidence: Evidence) -> Evidence:
    def places(exams: dict[str, float], digits: int) -> dict[str, float]:
        return {exam: round(value, digits) for exam, value in exams.items()}

    return evidence.model_copy(
        update={
            "partly": places(evidence.partly, 6),
            "measured": places(evidence.measured, 4),
            "probes": [
                p.model_copy(update={"logits": places(p.logits, 4), "further": [places(run, 4) for run in p.further]})
                for p in evidence.probes
            ],
            "stresses": [s.model_copy(update={"exams": places(s.exams, 6)}) for s in evidence.stresses],
        }
    )
