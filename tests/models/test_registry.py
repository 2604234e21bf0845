"""Model files: the right one or a sentence, and never half a file under the final name, whatever the connection does (T9)."""

import hashlib
import http.server
import os
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import HemifaceError, InputError, UnavailableError
from models.fetching import fetch_model, import_model, open_https
from models.registry import MODEL_FILES, ModelFiles, model_file

CONTENT = bytes(range(256)) * 2000
MODEL = replace(
    MODEL_FILES["face_landmarker"],
    url="https://models.example/face.task",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
)


class ModelServer(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; ``how`` says what goes wrong."""

    how = "well"
    ranges: tuple[str | None, ...] = ()

    def do_GET(self):
        asked = self.headers.get("Range")
        type(self).ranges += (asked,)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.how != "ignores ranges" else 0
        body = {"other": b"x" * len(CONTENT), "too long": CONTENT * 3}.get(self.how, CONTENT)[start:]
        if self.how == "missing":
            self.send_error(404)
            return
        if asked and not body:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if self.how != "tells no length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.how == "cuts" else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    class Handler(ModelServer):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()

        def open_url(request: urllib.request.Request):
            # The same bytes over plain http: a test has no certificate.
            local = urllib.request.Request(f"http://127.0.0.1:{running.server_port}/", headers=dict(request.headers))
            return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(local, timeout=10)

        Handler.open_url = staticmethod(open_url)
        yield Handler
        running.shutdown()


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_fetched_whole_and_checked(tmp_path, server):
    told = []
    path = fetch_model(MODEL, tmp_path / "models", open_url=server.open_url, progress=lambda *state: told.append(state))
    assert path.read_bytes() == CONTENT
    assert leftovers(tmp_path / "models") == ["face_landmarker.task"]
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_broken_connection_is_taken_up_where_it_stopped(tmp_path, server):
    server.how = "cuts"
    with pytest.raises(HemifaceError, match="could not be fetched") as caught:
        fetch_model(MODEL, tmp_path, open_url=server.open_url)
    assert caught.value.code == "offline"
    assert leftovers(tmp_path) == ["face_landmarker.task.part"]
    assert (tmp_path / "face_landmarker.task.part").stat().st_size == len(CONTENT) // 2
    server.how = "well"
    assert fetch_model(MODEL, tmp_path, open_url=server.open_url).read_bytes() == CONTENT
    assert server.ranges == (None, f"bytes={len(CONTENT) // 2}-")
    assert leftovers(tmp_path) == ["face_landmarker.task"]


def test_a_server_that_cannot_resume_begins_again(tmp_path, server):
    (tmp_path / "face_landmarker.task.part").write_bytes(CONTENT[:1000])
    server.how = "ignores ranges"
    assert fetch_model(MODEL, tmp_path, open_url=server.open_url).read_bytes() == CONTENT


@pytest.mark.parametrize("how", ["other", "too long"])
def test_another_file_is_thrown_away(tmp_path, server, how):
    server.how = how
    with pytest.raises(HemifaceError) as caught:
        fetch_model(MODEL, tmp_path, open_url=server.open_url)
    assert caught.value.code == "wrong_hash"
    assert leftovers(tmp_path) == []


def test_a_leftover_of_another_version_is_not_continued(tmp_path, server):
    (tmp_path / "face_landmarker.task.part").write_bytes(b"y" * len(CONTENT))
    assert fetch_model(MODEL, tmp_path, open_url=server.open_url).read_bytes() == CONTENT


def test_a_wrong_beginning_is_found_out(tmp_path, server):
    (tmp_path / "face_landmarker.task.part").write_bytes(b"y" * 1000)
    with pytest.raises(HemifaceError, match="not the expected file"):
        fetch_model(MODEL, tmp_path, open_url=server.open_url)
    assert leftovers(tmp_path) == []
    assert fetch_model(MODEL, tmp_path, open_url=server.open_url).read_bytes() == CONTENT


def test_a_server_without_the_file(tmp_path, server):
    server.how = "missing"
    with pytest.raises(HemifaceError, match="404"):
        fetch_model(MODEL, tmp_path, open_url=server.open_url)


def test_offline_names_the_address_and_the_other_way(tmp_path):
    def unreachable(_request):
        raise urllib.error.URLError(OSError("Name or service not known"))

    with pytest.raises(HemifaceError) as caught:
        fetch_model(MODEL, tmp_path, open_url=unreachable)
    assert MODEL.url in caught.value.hint
    assert "models import" in caught.value.hint


def test_only_https_is_opened():
    with pytest.raises(urllib.error.URLError, match="https"):
        open_https(urllib.request.Request("http://127.0.0.1:9/model"))


def test_every_known_model_has_https_hash_and_licence():
    for model in MODEL_FILES.values():
        assert model.url.startswith("https://")
        assert bytes.fromhex(model.sha256)
        assert model.licence
        assert model.size > 0


def test_a_hash_that_is_not_whole_is_the_published_one():
    """Then its digits are part of the file's name, and nothing knows the file's exact size."""
    for model in MODEL_FILES.values():
        if not model.hash_is_whole:
            assert len(model.sha256) >= 10
            assert f"-{model.sha256}." in model.url
            assert not model.size_is_exact


class TestOfAModelWithThePublishedDigitsOnly:
    """As 3dfan4: ten digits of the hash are known, and about how large the file is."""

    @pytest.fixture(params=[0.7, 1.4], ids=["guessed too small", "guessed too large"])
    def model(self, request):
        digest = hashlib.sha256(CONTENT).hexdigest()
        return replace(
            MODEL_FILES["3dfan4"], sha256=digest[:10], size=int(len(CONTENT) * request.param), file_name="fan.pth.tar"
        )

    @pytest.mark.parametrize("how", ["well", "tells no length"])
    def test_fetched_whole_and_checked(self, tmp_path, server, model, how):
        server.how = how
        assert fetch_model(model, tmp_path, open_url=server.open_url).read_bytes() == CONTENT
        assert leftovers(tmp_path) == ["fan.pth.tar"]

    def test_a_broken_connection_is_taken_up_where_it_stopped(self, tmp_path, server, model):
        server.how = "cuts"
        with pytest.raises(HemifaceError, match="could not be fetched"):
            fetch_model(model, tmp_path, open_url=server.open_url)
        assert leftovers(tmp_path) == ["fan.pth.tar.part"]
        server.how = "well"
        assert fetch_model(model, tmp_path, open_url=server.open_url).read_bytes() == CONTENT
        assert server.ranges == (None, f"bytes={len(CONTENT) // 2}-")

    def test_broken_off_after_the_last_byte(self, tmp_path, server, model):
        (tmp_path / "fan.pth.tar.part").write_bytes(CONTENT)
        assert fetch_model(model, tmp_path, open_url=server.open_url).read_bytes() == CONTENT
        assert server.ranges == ()

    def test_a_longer_leftover_is_not_continued(self, tmp_path, server, model):
        (tmp_path / "fan.pth.tar.part").write_bytes(CONTENT + b"more")
        assert fetch_model(model, tmp_path, open_url=server.open_url).read_bytes() == CONTENT

    @pytest.mark.parametrize("how", ["other", "too long"])
    def test_another_file_is_thrown_away(self, tmp_path, server, model, how):
        server.how = how
        with pytest.raises(HemifaceError) as caught:
            fetch_model(model, tmp_path, open_url=server.open_url)
        assert caught.value.code == "wrong_hash"
        assert leftovers(tmp_path) == []

    def test_imported_only_when_the_digits_fit(self, tmp_path, model):
        (tmp_path / "stick").write_bytes(CONTENT)
        assert import_model(model, tmp_path / "stick", tmp_path / "models").read_bytes() == CONTENT
        (tmp_path / "stick").write_bytes(CONTENT[:-1])
        with pytest.raises(InputError, match="sha256"):
            import_model(model, tmp_path / "stick", tmp_path / "models")


class TestImport:
    def test_the_right_file(self, tmp_path):
        (tmp_path / "stick").write_bytes(CONTENT)
        path = import_model(MODEL, tmp_path / "stick", tmp_path / "models")
        assert path.read_bytes() == CONTENT
        assert leftovers(tmp_path / "models") == ["face_landmarker.task"]

    def test_one_changed_bit(self, tmp_path):
        changed = bytearray(CONTENT)
        changed[1234] ^= 1
        (tmp_path / "stick").write_bytes(changed)
        with pytest.raises(InputError, match="sha256"):
            import_model(MODEL, tmp_path / "stick", tmp_path / "models")
        assert leftovers(tmp_path / "models") == []

    def test_no_such_file(self, tmp_path):
        with pytest.raises(InputError):
            import_model(MODEL, tmp_path / "nowhere", tmp_path / "models")


class TestModelFiles:
    @pytest.fixture(autouse=True)
    def known_model(self, monkeypatch):
        monkeypatch.setattr("models.registry.MODEL_FILES", {MODEL.name: MODEL})
        monkeypatch.delenv("HEMIFACE_MODEL_FACE_LANDMARKER", raising=False)

    def test_missing_says_what_to_do(self, tmp_path):
        reason = ModelFiles(tmp_path).unavailable_reason(MODEL.name)
        assert "models fetch face_landmarker" in reason
        assert str(tmp_path) in reason
        with pytest.raises(UnavailableError):
            ModelFiles(tmp_path).verified(MODEL.name)

    def test_a_changed_file_is_refused_even_after_it_was_right(self, tmp_path):
        path = tmp_path / MODEL.file_name
        path.write_bytes(CONTENT)
        files = ModelFiles(tmp_path)
        assert files.verified(MODEL.name) == path
        path.write_bytes(CONTENT[:-1] + b"?")
        os.utime(path, ns=(1, 1))
        assert "sha256" in files.unavailable_reason(MODEL.name)

    def test_argument_goes_before_environment_before_folder(self, tmp_path, monkeypatch):
        files = ModelFiles(tmp_path)
        assert files.path(MODEL.name) == tmp_path / MODEL.file_name
        monkeypatch.setenv("HEMIFACE_MODEL_FACE_LANDMARKER", str(tmp_path / "by_environment"))
        assert files.path(MODEL.name) == tmp_path / "by_environment"
        given = files.with_override(MODEL.name, tmp_path / "by_argument")
        assert given.path(MODEL.name) == tmp_path / "by_argument"

    def test_the_folder_is_that_of_the_settings(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "clinic"))
        assert ModelFiles().path(MODEL.name) == tmp_path / "clinic" / "models" / MODEL.file_name

    def test_unknown_name(self):
        with pytest.raises(InputError, match="face_landmarker"):
            model_file("nonsense")
