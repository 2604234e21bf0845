"""A tiny model with a complete card, in place of the models that ship."""

import torch

from models import weights
from models.card import ModelCard
from models.weights import save_weights

NOT_DONE = "Not done yet: there are no recordings of patients."
CARD = {
    "identity": {"name": "tiny", "version": "1.0"},
    "owner_and_contact": "The Hemiface developers",
    "date": "2026-11-26",
    "licence": "MIT",
    "intended_use": "Tests of the loading of weights.",
    "out_of_scope": "Everything else.",
    "inputs_and_preprocessing": "Four numbers, as they are.",
    "training_data": {
        "real_people": 0,
        "simulated_people": 3,
        "sources": "random numbers",
        "cameras": "no camera",
        "dates": "2026",
        "consent": "not needed, nobody is shown",
    },
    "evaluation_data": NOT_DONE,
    "split_method": NOT_DONE,
    "metrics": [
        {
            "name": "error",
            "value": 1.5,
            "unit": "px",
            "low": 1.0,
            "high": 2.0,
            "interval": "95 % bootstrap over people",
            "data": "simulated",
        }
    ],
    "operating_point": NOT_DONE,
    "subgroup_results": NOT_DONE,
    "confound_probes": NOT_DONE,
    "calibration": NOT_DONE,
    "quality_gate": NOT_DONE,
    "ethical_risks": "No person is involved.",
    "caveats": "It does nothing.",
    "energy_and_runtime": "Less than a second.",
    "changelog": [{"version": "1.0", "date": "2026-11-26", "text": "first version"}],
    "command": "python -m benchmarks.tiny --seed 7",
    "seed": 7,
}


def tensors():
    return {"layer.weight": torch.arange(12.0).reshape(3, 4), "layer.bias": torch.zeros(3)}


def one_shipped_model(folder, monkeypatch):
    """A weights folder with one model, ``tiny``, in place of the one that ships; its path."""
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", folder)
    save_weights(folder / "tiny.safetensors", tensors(), ModelCard.model_validate(CARD))
    return folder
