"""The loop that trainings share: the best epoch is kept, it ends when it should, and says how it went."""

from dataclasses import dataclass

import pytest
import torch

from core.errors import Cancelled
from models.training_loop import falling, fit, seeded, warming_up


@dataclass(frozen=True)
class Options:
    epochs: int = 5
    patience: int = 5
    minutes: float | None = None


def fitted(errors, options=None, steps=2, loss_of=None, **more):
    """A network of one weight that rises by the learning rate a step, judged as told by ``errors``."""
    network = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(0.0)
    judged = iter(errors)
    return fit(
        network,
        torch.optim.SGD(network.parameters(), lr=9.0),
        options or Options(),
        steps=steps,
        batches=lambda: range(steps),
        loss_of=loss_of or (lambda _batch: -network.weight.sum()),
        rate_at=lambda _part: 1.0,
        judge=lambda: next(judged),
        judged_as="error",
        **more,
    )


def test_the_state_of_the_best_epoch_is_kept():
    found = fitted([3.0, 1.0, 2.0, 2.0, 2.0])
    assert found.best_epoch == 2
    assert found.state["weight"].item() == 4.0  # two steps an epoch, each by the rate that was asked for
    assert found.ended == "all epochs were done"
    assert [row["error"] for row in found.curves] == [3.0, 1.0, 2.0, 2.0, 2.0]
    assert [row["epoch"] for row in found.curves] == [1, 2, 3, 4, 5]
    assert found.curves[0]["training_loss"] == -0.5


def test_a_start_that_is_better_stays():
    found = fitted([3.0] * 5, at_start=2.0)
    assert found.best_epoch == 0
    assert found.state["weight"].item() == 0.0


def test_it_ends_when_it_no_longer_improves():
    found = fitted([3.0, 4.0, 4.0, 1.0, 1.0], Options(patience=2))
    assert found.ended == "it no longer improved"
    assert len(found.curves) == 3


def test_it_ends_when_its_time_is_over():
    found = fitted([1.0] * 5, Options(minutes=0.0000001))
    assert found.ended == "its 1e-07 minutes were over"
    assert len(found.curves) <= 1


def test_a_batch_that_teaches_nothing_changes_nothing():
    found = fitted([1.0] * 5, loss_of=lambda _batch: None)
    assert found.state["weight"].item() == 0.0
    assert all(row["training_loss"] != row["training_loss"] for row in found.curves)


def test_progress_counts_batches_and_cancelling_ends_it():
    told = []

    def stop():
        if len(told) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fitted([1.0] * 5, progress=lambda *now: told.append(now[:3]), cancelled=stop)
    assert told == [("training", 1, 10), ("training", 2, 10), ("training", 3, 10)]


def test_learning_rates():
    assert falling(0.0) == 1.0
    assert falling(1.0) == pytest.approx(0.01)
    assert warming_up(0.0) == 0.01
    assert warming_up(0.5) == 1.0


def test_two_uses_of_a_seed_draw_different_numbers():
    one, first = seeded(3, 1).random(), torch.rand(1)
    other, second = seeded(3, 2).random(), torch.rand(1)
    assert one != other
    assert first == second
