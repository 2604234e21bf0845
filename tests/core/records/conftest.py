"""A store in a folder of its own, and small files for it."""

import io
from datetime import date

import pytest

from core.records import PatientDetails, Store
from core.settings import Settings
from tests.record_samples import write_sample_analysis

MP4_HEAD = b"\x00\x00\x00\x18ftypmp42"


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", database_url="")


@pytest.fixture
def store(settings):
    opened = Store.open(settings, who="tester")
    yield opened
    opened.close()


@pytest.fixture
def patient(store):
    return store.create_patient(PatientDetails("Jürgen Müller", "47-11"))


@pytest.fixture
def visit(store, patient):
    return store.create_visit(patient.id, date(2026, 3, 12), "first visit")


@pytest.fixture
def clip():
    """A stream that looks like an mp4 from outside, larger than one piece of copying."""
    return io.BytesIO(MP4_HEAD + b"x" * 1_500_000)


@pytest.fixture
def recording(store, visit, clip):
    return store.add_recording(visit.id, clip, "clip.mp4", facts={"duration_s": 10.0, "packets": 300})


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """A folder with the files of an analysis."""
    return write_sample_analysis(tmp_path_factory.mktemp("analysis") / "out")
