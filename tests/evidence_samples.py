"""Made-up predictions of a screen, and evidence beside them."""

import numpy as np

from models.evidence.store import Evidence, Limits, ModelFacts, PersonFacts, ProbeOutcome, Runtime, StressOutcome
from models.evidence.stored import BASELINE, SCREEN, Stored
from models.screening.predictions import PredictionRow

EXAM, PICTURE = Limits(threshold=0.5, unsure_from=0.3), Limits(threshold=0.6, unsure_from=0.4)
EXPRESSIONS = ("rest", "eyes_tight", "smile_open")


def made_up_rows(people: int = 12, separation: float = 4.0, seed: int = 0) -> list[PredictionRow]:
    """Three examinations (healthy, flaccid, synkinetic) a person with three pictures each; every third person is drawn."""
    random = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        source = "drawn" if person % 3 == 2 else "photograph"
        name = f"drawn {9000 + person}" if source == "drawn" else f"london {person:03d}"
        for number, group in enumerate(("healthy", "flaccid", "synkinetic")):
            label = group == "synkinetic"
            logit = separation * (label - 0.5) + random.normal()
            strength = 0.35 + 0.65 * random.random() if label else 0.0
            side = "none" if group == "healthy" else ("right", "left")[person % 2]
            facts = (f"{name.replace(' ', '-')}-e{number}", name, source, "test", group, side, strength)
            rows.append(PredictionRow(*facts, "exam", int(label), probability(logit)))
            for expression in EXPRESSIONS:
                rows.append(PredictionRow(*facts, expression, int(label), probability(logit + random.normal())))
    return rows


def probability(logit: float) -> float:
    """Rounded as files hold it."""
    return round(float(1 / (1 + np.exp(-logit))), 6)


def made_up_evidence(rows, **changes) -> Evidence:
    """Evidence on made-up rows: both networks, facts on people, one refused examination, probes, stress."""
    exams = [row for row in rows if row.expression == "exam"]
    random = np.random.default_rng(5)
    people = {
        row.person: PersonFacts(
            split="test",
            gender=("female", "male")[i % 2] if row.source == "photograph" else None,
            ethnicity="white" if row.source == "photograph" else None,
            ita_deg=45.0 if i % 4 else -10.0,
            exams=3,
            refused=int(row.exam == exams[0].exam),
        )
        for i, row in enumerate(exams)
    }
    facts = ModelFacts(
        weights_sha256="0" * 64,
        exam=EXAM,
        picture=PICTURE,
        runtime=Runtime(mean_ms=5.25, sd_ms=0.5, images=100, machine="a made-up machine"),
    )
    content = {
        "command": "python benchmarks/screening.py --cohort COHORT --probes",
        "date": "2026-11-26",
        "cohort": "Simulated people, made up for tests.",
        "models": {SCREEN: facts, BASELINE: facts},
        "people": people,
        "refused": {exams[0].exam: "The picture is blurred."},
        "probes": [
            chance_probe(exams, "background"),
            ProbeOutcome(
                probe="half_crop", seed=0, learned_from=30, epochs=4, kept_epoch=3,
                logits={row.exam: 2.0 * row.label + float(random.normal()) for row in exams},
            ),
        ],
        "stresses": [
            StressOutcome(stress="blur_2", exams={row.exam: 0.4 for row in exams}, refused=[exams[1].exam]),
        ],
    }  # fmt: skip
    return Evidence(**{**content, **changes})


def chance_probe(exams, name: str) -> ProbeOutcome:
    """A probe that knows nothing: in every person half of those without synkinesis get more than the one with."""
    order = {"healthy": 1.0, "synkinetic": 0.0, "flaccid": -1.0}
    shift = np.random.default_rng(8).normal(size=len(exams))
    logits = {row.exam: order[row.group] + float(noise) for row, noise in zip(exams, shift, strict=True)}
    return ProbeOutcome(probe=name, seed=0, learned_from=30, epochs=4, kept_epoch=2, logits=logits)


def made_up(people: int = 12, **changes) -> Stored:
    """Predictions of both networks with their evidence."""
    rows = made_up_rows(people)
    return Stored(made_up_evidence(rows, **changes), {SCREEN: rows, BASELINE: made_up_rows(people, separation=1.0)})
