"""Codes of the FHIR export: those that exist come from fhir_codes.json, all others are local ones under one stable URI."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from core.words import AffectedSide, Branch, Side

_FILE = Path(__file__).with_name("fhir_codes.json")
_OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"

Json = dict[str, Any]


@cache
def codes() -> Json:
    """The mapping file."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def coding(entry: Json) -> Json:
    """A coding of the mapping file as FHIR has it."""
    return {"system": codes()["systems"][entry["system"]], "code": entry["code"], "display": entry["display"]}


class LocalCodes:
    """Local codes with their meaning; remembers which were used, so that the bundle can define them."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[str, str]] = {}

    def concept(self, code: str, display: str, definition: str, *, also: list[Json] | None = None) -> Json:
        """A concept with a local code, after the existing codes that mean the same or something wider."""
        code = code.replace("_", "-")
        self._used[code] = (display, definition)
        local = {"system": codes()["systems"]["local"], "code": code, "display": display}
        return {"coding": [*(also or []), local], "text": display}

    def code_system(self) -> Json:
        """The definitions of the codes that were used, as a resource."""
        from core import __version__

        concepts = [
            {"code": code, "display": display, "definition": definition}
            for code, (display, definition) in sorted(self._used.items())
        ]
        return {
            "resourceType": "CodeSystem",
            "url": codes()["systems"]["local"],
            "version": __version__,
            "name": "HemifaceLocalCodes",
            "title": "Local codes of Hemiface",
            "status": "draft",
            "experimental": True,
            "description": "Measures and estimates for which no code was found in SNOMED CT or LOINC; those used here.",
            "caseSensitive": True,
            "content": "fragment",
            "concept": concepts,
        }


def body_site(local: LocalCodes, branch: Branch | None, side: Side | None) -> Json | None:
    """Where an observation was made: a branch or half of the face, its side in the extension that FHIR has for it."""
    if side is None:
        return None
    if branch is None:
        site = local.concept("face-half", "Half of the face", "The patient's own right or left half of the face.")
    else:
        words = f"Territory of the {branch.label.lower()} branch of the facial nerve: {branch.region}."
        also = [coding(codes()["body_site"]["branch"])]
        site = local.concept(f"branch-{branch.value}", f"{branch.label} branch of the facial nerve", words, also=also)
    laterality = {"coding": [coding(codes()["laterality"][side.value])], "text": side.label}
    extension = {"url": codes()["laterality_extension"], "valueCodeableConcept": laterality}
    return site | {"text": f"{site['text']}, {side.label}", "extension": [extension]}


def affected_side(local: LocalCodes, side: AffectedSide) -> Json:
    """The affected side as a concept."""
    known = codes()["laterality"].get(side.value)
    if known is not None:
        return {"coding": [coding(known)], "text": side.value}
    words = {"none": "No affected side was found.", "undetermined": "The affected side could not be determined."}
    return local.concept(f"affected-side-{side.value}", side.value.capitalize(), words[side.value])


def category(code: str, display: str) -> Json:
    """Category of an observation: "exam" or "survey"."""
    return {"coding": [{"system": _OBSERVATION_CATEGORY, "code": code, "display": display}]}


def absent(reason: str | None) -> Json:
    """Why there is no value: unknown, and the reason in words."""
    unknown = {"system": _ABSENT_REASON, "code": "unknown", "display": "Unknown"}
    return {"coding": [unknown], "text": reason or "It could not be assessed."}


def quantity(value: float, unit: str) -> Json:
    """A number with its unit by UCUM; scores have the annotation {score}."""
    code = {"score": "{score}", "%": "%", "1": "1"}[unit]
    return {"value": round(value, 4), "unit": unit, "system": codes()["systems"]["ucum"], "code": code}
