"""Training the severity network: it learns what is there to learn, does not look at test people, and follows from its seed."""

import numpy as np
import pytest
import torch

from core.errors import InputError
from models.severity.augment import NONE, Augmentation, disturbed, rephotographed, thinned
from models.severity.features import FEATURES
from models.severity.inference import Inputs, predict
from models.severity.training import TrainingOptions, severity_loss, standardisation, train
from tests.severity_samples import learnable

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_it_learns():
    data = learnable(16, pictured=False)
    options = TrainingOptions(epochs=12, patience=12, batch=8, inputs=Inputs.KINEMATICS)
    training = train(data, options, device=CPU)
    losses = [epoch["training_loss"] for epoch in training.curves]
    assert losses[-1] < 0.6 * losses[0]
    test = data.of_split("test")
    found = predict(training.checkpoint, test, CPU, inputs=Inputs.KINEMATICS)
    assert np.abs(found.severity - test.truth).mean() < 15
    assert training.best_epoch == 1 + int(np.argmin([epoch["validation_mae"] for epoch in training.curves]))
    assert training.checkpoint.reach > 0


def test_the_same_seed_gives_the_same_network_whatever_the_test_people_are():
    data = learnable(6)
    options = TrainingOptions(epochs=1, seed=4)
    one = train(data, options, device=CPU).checkpoint.state
    test = np.array([exam.split == "test" for exam in data.exams])
    data.kinematics[test] = 99.0
    data.truth[test] = 50.0
    other = train(data, options, device=CPU).checkpoint.state
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_standardisation_is_of_the_training_people_and_leaves_rare_features_alone():
    rows = np.full((30, 2, 2), np.nan, np.float32)
    rows[..., 0] = np.arange(60).reshape(30, 2)
    rows[0, 0, 1] = 7.0
    middle, spread = standardisation(rows)
    assert middle.tolist() == [29.5, 0.0]
    assert spread.tolist() == [pytest.approx(np.arange(60).std()), 1.0]


def test_the_loss_is_least_at_the_truth():
    truth = torch.tensor([40.0])
    centres = torch.linspace(0, 100, 21)
    losses = [
        float(severity_loss(torch.log_softmax(-0.5 * ((centres - at) / 3.0) ** 2, -1)[None], truth, 3.0, 3.0))
        for at in (20.0, 40.0, 60.0)
    ]
    assert losses[1] == pytest.approx(0.0, abs=1e-3)
    assert min(losses[0], losses[2]) > 1


def test_nobody_to_learn_from_is_one_sentence():
    data = learnable(4)
    data.truth[:] = np.nan
    with pytest.raises(InputError, match="rated examinations"):
        train(data, TrainingOptions(epochs=1), device=CPU)


def test_thinning_takes_away_whole_movements_and_never_all():
    data = learnable(10)
    random = np.random.default_rng(0)
    how = Augmentation(movements_missing=0.9)
    kinematics, seen = thinned(data.kinematics, data.seen, how, Inputs.BOTH, random)
    known = np.isfinite(kinematics)
    assert (known[:, 0] == known[:, 1]).all()
    assert 0 < known.mean() < 0.5
    brow = [place for place, name in enumerate(FEATURES) if name.startswith("brow_raise")]
    assert (known[..., brow].all(axis=-1) | ~known[..., brow].any(axis=-1)).all()
    assert known.any(axis=(1, 2)).sum() + seen.any(axis=1).sum() > 0
    unchanged, still = thinned(data.kinematics, data.seen, NONE, Inputs.BOTH, random)
    assert (unchanged == data.kinematics).all()
    assert (still == data.seen).all()


def test_disturbing_keeps_what_is_missing_missing():
    data = learnable(2)
    data.kinematics[0, :, :9] = np.nan
    changed = disturbed(data.kinematics, np.ones(len(FEATURES)), Augmentation(), np.random.default_rng(0))
    assert (np.isnan(changed) == np.isnan(data.kinematics)).all()
    assert np.nanmax(np.abs(changed - data.kinematics)) > 0.01


def test_other_photographs_of_the_same_face_keep_their_shape_and_range():
    pictures = torch.from_numpy(learnable(2).pictures).float()
    generator = torch.Generator().manual_seed(0)
    changed = rephotographed(pictures, Augmentation(), generator)
    assert changed.shape == pictures.shape
    assert float(changed.min()) >= 0
    assert float(changed.max()) <= 255
    assert not torch.equal(changed, pictures)
    assert rephotographed(pictures, NONE, generator) is pictures
