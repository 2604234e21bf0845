"""Training: it learns, keeps the best epoch, stops when it no longer helps, and can be cancelled."""

from dataclasses import replace

import pytest
import torch

from core.errors import Cancelled
from models.landmarks.crops import CropPlan
from models.landmarks.manifest import read_manifest
from models.landmarks.samples import BOX_ERROR
from models.landmarks.splitting import split_patients
from models.landmarks.training import TrainingOptions, new_checkpoint, train
from tests.landmark_samples import small_manifest

CPU = torch.device("cpu")
OPTIONS = TrainingOptions(
    epochs=12, patience=12, batch=4, learning_rate=5e-3, pictures_an_epoch=24, seed=1, augmentation=BOX_ERROR
)


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    return read_manifest(small_manifest(tmp_path_factory.mktemp("data"), patients=4, pictures=3))


@pytest.fixture(scope="module")
def split(items):
    return split_patients((item.patient for item in items), 0)


def start():
    return new_checkpoint(CropPlan(64, 1.3), modules=1, width=16, seed=3)


@pytest.fixture(scope="module")
def trained(items, split):
    return train(items, split, start(), OPTIONS, device=CPU)


def test_the_loss_falls_and_people_never_learned_from_are_found_better(trained):
    losses = [epoch["training_loss"] for epoch in trained.curves[1:]]
    assert losses[-1] < 0.7 * losses[0]
    assert trained.best_epoch > 0
    errors = [epoch["validation_nme_pct"] for epoch in trained.curves]
    assert min(errors) < 0.5 * errors[0]
    assert errors[trained.best_epoch] == min(errors)


def test_the_weights_are_those_of_the_best_epoch(items, split, trained):
    """Going on from them begins where that epoch ended."""
    again = train(items, split, trained.checkpoint, replace(OPTIONS, epochs=1, learning_rate=1e-9), device=CPU)
    assert again.curves[0]["validation_nme_pct"] == pytest.approx(
        trained.curves[trained.best_epoch]["validation_nme_pct"], rel=1e-3
    )


def test_it_stops_when_it_no_longer_improves(items, split, monkeypatch):
    errors = iter([5.0, 4.0, 6.0, 6.0, 6.0, 1.0])
    monkeypatch.setattr("models.landmarks.training._nme", lambda *_: next(errors))
    found = train(items, split, start(), replace(OPTIONS, epochs=9, patience=3, pictures_an_epoch=4), device=CPU)
    assert found.ended == "it no longer improved"
    assert found.best_epoch == 1
    assert len(found.curves) == 5


def test_it_ends_when_its_time_is_over(items, split):
    """Whatever the number of epochs; what it learned so far is kept."""
    found = train(items, split, start(), replace(OPTIONS, epochs=100_000, minutes=0.005), device=CPU)
    assert found.ended == "its 0.005 minutes were over"
    assert len(found.curves) < 1000
    assert found.curves[-1]["validation_nme_pct"] > 0


def test_a_start_that_is_best_is_kept(items, split, monkeypatch):
    errors = iter([1.0, 4.0, 4.0])
    monkeypatch.setattr("models.landmarks.training._nme", lambda *_: next(errors))
    begun = start()
    found = train(items, split, begun, replace(OPTIONS, epochs=2, pictures_an_epoch=4), device=CPU)
    assert found.best_epoch == 0
    assert torch.equal(found.checkpoint.state["l0.weight"], begun.state["l0.weight"])


def test_the_test_people_are_never_opened(items, split):
    """Their pictures could be missing while training runs."""
    gone = [replace(item, image=item.image / "gone") if item.patient in split.test else item for item in items]
    assert train(gone, split, start(), replace(OPTIONS, epochs=1, pictures_an_epoch=4), device=CPU).curves


def test_cancelling_and_progress(items, split):
    told: list[tuple[str, int, int]] = []

    def stop():
        if len(told) > 12:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(items, split, start(), OPTIONS, device=CPU, progress=lambda *now: told.append(now[:3]), cancelled=stop)
    assert {stage for stage, _, _ in told} == {"cutting", "training"}
    assert all(done <= total for _, done, total in told)


def test_new_weights_follow_from_the_seed():
    one, other = start().state, start().state
    assert all(torch.equal(other[name], tensor) for name, tensor in one.items())


def test_a_point_that_nobody_saw_is_not_learned(items, split):
    """With a wrong place for it the network becomes the same as with the right one."""

    def trained_with(shift):
        wrong = []
        for item in items:
            points, visible = item.points.copy(), item.visible.copy()
            points[33] += shift
            visible[33] = False
            wrong.append(replace(item, points=points, visible=visible))
        options = replace(OPTIONS, epochs=1, pictures_an_epoch=8)
        return train(wrong, split, start(), options, device=CPU).curves[-1]["training_loss"]

    assert trained_with(0.0) == pytest.approx(trained_with(3.0), rel=1e-6)
