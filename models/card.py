"""The card of a model: twenty fields that say what it is for, what it learned from, how good it is and where it fails.

After Mitchell et al. 2019 (10.1145/3287560.3287596), with fields for confounders, calibration and the quality gate. No field may
be empty; what was not done is said in words, e.g. "Not done yet: there are no recordings of patients."
"""

from __future__ import annotations

import json
import re
from datetime import date as Date  # noqa: N812 - "date" is also the name of a field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InputError

NOT_SAVED = "0" * 64
"""The hash in a card before ``models.weights.save_weights`` has written the weights that it belongs to."""

_PLACEHOLDERS = re.compile(r"(?i)^\W*(todo|tbd|n/?a|none|null|unknown|fixme|xxx)?\W*$")


def _says_something(text: str) -> str:
    if _PLACEHOLDERS.match(text):
        raise ValueError('say it in words; what was not done is "Not done yet" and why')
    return text.strip()


Words = Annotated[str, AfterValidator(_says_something)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Identity(_Part):
    """Which model this is: its name, its version and the hash of its weights file (filled in when that is written)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(pattern=r"^\d+\.\d+(\.\d+)?$")
    sha256: str = Field(default=NOT_SAVED, pattern=r"^[0-9a-f]{64}$")


class TrainingData(_Part):
    """What the model learned from.

    Attributes:
        real_people: how many people were photographed or filmed; 0 when all is simulated.
        simulated_people: how many simulated people.
        sources, cameras, dates, consent: in words.
    """

    real_people: int = Field(ge=0)
    simulated_people: int = Field(ge=0)
    sources: Words
    cameras: Words
    dates: Words
    consent: Words


class Metric(_Part):
    """One measured number.

    Attributes:
        name: what was measured.
        value: in ``unit``.
        unit: e.g. "px", "mm", "% of the iris"; "1" for ratios.
        low, high: ends of the interval in ``unit``; both or neither.
        interval: how the interval was made, or why there is none.
        data: on what; simulated data are called simulated.
    """

    name: Words
    value: float
    unit: str = Field(min_length=1)
    low: float | None = None
    high: float | None = None
    interval: Words
    data: Words

    @model_validator(mode="after")
    def _interval_in_order(self) -> Metric:
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has two ends")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError("the value lies outside its interval")
        return self


class Change(_Part):
    """One entry of the changelog."""

    version: str = Field(min_length=1)
    date: Date
    text: Words


Metrics = Annotated[tuple[Metric, ...], Field(min_length=1)]


class ModelCard(_Part):
    """The card: the twenty fields of ``CARD_FIELDS``, and the command with its seed that makes the model again."""

    identity: Identity
    owner_and_contact: Words
    date: Date
    licence: Words
    intended_use: Words
    out_of_scope: Words
    inputs_and_preprocessing: Words
    training_data: TrainingData
    evaluation_data: Words
    split_method: Words
    metrics: Metrics | Words
    operating_point: Words
    subgroup_results: Metrics | Words
    confound_probes: Metrics | Words
    calibration: Words
    quality_gate: Words
    ethical_risks: Words
    caveats: Words
    energy_and_runtime: Words
    changelog: Annotated[tuple[Change, ...], Field(min_length=1)]
    command: Words
    seed: int

    @model_validator(mode="after")
    def _command_has_the_seed(self) -> ModelCard:
        if not re.search(rf"(?<!\d){self.seed}(?!\d)", self.command):
            raise ValueError("the command does not give its seed")
        return self

    def with_sha256(self, sha256: str) -> ModelCard:
        """The same card for the weights file of this hash."""
        return self.model_copy(update={"identity": self.identity.model_copy(update={"sha256": sha256})})


CARD_FIELDS: dict[str, str] = {
    "identity": "Name, version, hash",
    "owner_and_contact": "Owner and contact",
    "date": "Date",
    "licence": "Licence",
    "intended_use": "Intended use",
    "out_of_scope": "Out of scope",
    "inputs_and_preprocessing": "Inputs and preprocessing",
    "training_data": "Training data",
    "evaluation_data": "Evaluation data",
    "split_method": "How the data were split",
    "metrics": "Metrics",
    "operating_point": "Operating point",
    "subgroup_results": "Results in subgroups",
    "confound_probes": "Probes for confounders",
    "calibration": "Calibration",
    "quality_gate": "Quality gate",
    "ethical_risks": "Ethical risks",
    "caveats": "Caveats",
    "energy_and_runtime": "Energy and runtime",
    "changelog": "Changelog",
}
"""The twenty fields in their order, with their titles."""


def read_card(path: Path) -> ModelCard:
    """The card in a file.

    Raises:
        InputError: the file cannot be read, is no JSON, or a field is missing, empty or unknown; the sentence names it.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"The card {path.name} cannot be read.", code="card") from problem
    except ValueError as problem:
        raise InputError(f"The card {path.name} is not valid JSON.", code="card") from problem
    try:
        return ModelCard.model_validate(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "card"
        raise InputError(f"The card {path.name} is not complete: {field}: {first['msg']}.", code="card") from problem


def card_json(card: ModelCard) -> str:
    """The text of a card's file: JSON, its fields in their order."""
    return json.dumps(card.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def field_lines(value: Any) -> list[str]:
    """The value of a card's field as lines of text."""
    if isinstance(value, tuple):
        return [line for part in value for line in field_lines(part)]
    if isinstance(value, Metric):
        interval = "" if value.low is None or value.high is None else f" ({value.low:g} to {value.high:g})"
        unit = "" if value.unit == "1" else f" {value.unit}"
        return [f"{value.name}: {value.value:g}{unit}{interval}; {value.interval}; {value.data}"]
    if isinstance(value, Change):
        return [f"{value.version}, {value.date}: {value.text}"]
    if isinstance(value, Identity):
        return [f"{value.name} {value.version}", f"sha256 {value.sha256}"]
    if isinstance(value, TrainingData):
        return [f"{name.replace('_', ' ')}: {part}" for name, part in value.model_dump().items()]
    return [str(value)]


def card_text(card: ModelCard) -> str:
    """The whole card for a terminal."""
    lines: list[str] = []
    for name, title in CARD_FIELDS.items():
        lines += [title, *(f"  {line}" for line in field_lines(getattr(card, name))), ""]
    return "\n".join([*lines, "Made by", f"  {card.command}", f"  seed {card.seed}"])
