"""The device is decided once, can be overridden, and a wish that cannot be met is one sentence."""

import pytest
import torch

from core.errors import HemifaceError
from models import registry


@pytest.fixture(autouse=True)
def undecided(monkeypatch):
    """As in a new process; afterwards the decision and the number of threads are those of before."""
    threads = torch.get_num_threads()
    monkeypatch.delenv("HEMIFACE_DEVICE", raising=False)
    registry.device.cache_clear()
    yield
    registry.device.cache_clear()
    torch.set_num_threads(threads)


def test_what_computes_is_taken(monkeypatch):
    monkeypatch.setattr(registry, "_computes", lambda _name: True)
    assert registry.device().type == "cuda"


def test_the_cpu_where_cuda_does_not_compute(monkeypatch):
    monkeypatch.setattr(registry, "_computes", lambda name: name == "cpu")
    assert registry.device() == torch.device("cpu")
    assert "no CUDA device" in registry.device_text()


def test_decided_once(monkeypatch):
    monkeypatch.setenv("HEMIFACE_DEVICE", "cpu")
    first = registry.device()
    monkeypatch.setenv("HEMIFACE_DEVICE", "nonsense")
    assert registry.device() is first


def test_the_wish_is_named(monkeypatch):
    monkeypatch.setenv("HEMIFACE_DEVICE", "CPU")
    assert registry.device() == torch.device("cpu")
    assert "HEMIFACE_DEVICE" in registry.device_text()


@pytest.mark.parametrize("wish", ["gpu", "cuda:99", "meta", "cpu;rm"])
def test_a_device_that_is_not_there(monkeypatch, wish):
    monkeypatch.setenv("HEMIFACE_DEVICE", wish)
    with pytest.raises(HemifaceError, match="HEMIFACE_DEVICE"):
        registry.device()


def test_threads_are_shared_between_analyses(monkeypatch):
    monkeypatch.setattr(registry, "_usable_cores", lambda: 6)
    monkeypatch.setenv("HEMIFACE_PARALLEL_ANALYSES", "2")
    registry.device()
    assert torch.get_num_threads() == 3
