"""A store with analysed visits whose every text is a canary; exports add nothing to it but audit events."""

from types import SimpleNamespace

import pytest

from core.records import Store
from core.settings import Settings
from tests.export_samples import WHO, fill


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """The store and the ids of its visits, oldest first: two of one patient and one of another."""
    folder = tmp_path_factory.mktemp("clinic")
    store = Store.open(Settings(data_dir=folder / "data", database_url=""), who=WHO)
    yield SimpleNamespace(store=store, visits=fill(store))
    store.close()


@pytest.fixture
def empty_store(tmp_path):
    opened = Store.open(Settings(data_dir=tmp_path / "data", database_url=""), who=WHO)
    yield opened
    opened.close()
