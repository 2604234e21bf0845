"""Training of the screen: it learns, keeps what is best for validation people, and never looks at the test people."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import InputError
from models.screening.inference import predict
from models.screening.training import TrainingOptions, published_options, train
from tests.screening_samples import tiny_data

CPU = torch.device("cpu")
OPTIONS = TrainingOptions(epochs=6, patience=6, learning_rate=3e-3, seed=1)


@pytest.fixture(scope="module")
def data():
    return tiny_data()


@pytest.fixture(scope="module")
def trained(data):
    return train(data, OPTIONS, device=CPU)


def test_the_loss_falls(trained):
    losses = [epoch["training_loss"] for epoch in trained.curves]
    assert losses[-1] < 0.8 * losses[0]
    checked = [epoch["validation_loss"] for epoch in trained.curves]
    assert checked[trained.best_epoch - 1] == min(checked)


def test_the_published_layout_learns_too(data):
    losses = [epoch["training_loss"] for epoch in train(data, published_options(epochs=4), device=CPU).curves]
    assert losses[-1] < 0.8 * losses[0]


def test_test_people_are_not_looked_at(data, trained):
    """Other pictures of theirs change nothing."""
    tested = np.array([data.exams[i].split == "test" for i in data.exam_of])
    other = data.with_pictures(np.where(tested[:, None, None, None], 0, data.pictures).astype(np.uint8))
    again = train(other, OPTIONS, device=CPU)
    assert [epoch["validation_loss"] for epoch in again.curves] == [
        epoch["validation_loss"] for epoch in trained.curves
    ]


def test_probabilities_come_back_from_the_file(tmp_path, data, trained):
    from models.screening.checkpoints import load_checkpoint

    test = data.of_split("test")
    before = predict(trained.checkpoint, test, CPU)
    after = predict(load_checkpoint(trained.checkpoint.save(tmp_path / "screen.safetensors")), test, CPU)
    assert np.allclose(before.exam_probability, after.exam_probability, atol=1e-3)
    assert ((before.exam_probability >= 0) & (before.exam_probability <= 1)).all()


def test_one_class_alone_is_one_sentence(data):
    alone = data.with_labels(np.ones(len(data.exams), bool))
    with pytest.raises(InputError, match="some with synkinesis and some without"):
        train(alone, replace(OPTIONS, epochs=1), device=CPU)
