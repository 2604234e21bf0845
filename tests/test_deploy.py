"""docs/deploy.md and its two examples: they can be read, pass on what the page needs, and lead to the home process only."""

import re
import shutil
import subprocess
from pathlib import Path

import crossplane
import pytest

from core.settings import Settings
from pages.components import server
from pages.components.home_access import ROUTE

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy"
NGINX, CADDY = DEPLOY / "nginx.conf", DEPLOY / "Caddyfile"
HOME, CLINIC = "127.0.0.1:8502", "8501"


def blocks(tree, name):
    """Every directive of this name at any depth."""
    for directive in tree:
        if directive["directive"] == name:
            yield directive
        yield from blocks(directive.get("block", []), name)


def arguments(tree, name):
    return [directive["args"] for directive in blocks(tree, name)]


@pytest.fixture(scope="module")
def nginx():
    read = crossplane.parse(str(NGINX), check_args=True, check_ctx=True)
    assert (read["status"], read["errors"]) == ("ok", [])
    return read["config"][0]["parsed"]


@pytest.fixture(scope="module")
def secure(nginx):
    """The server block with https."""
    found = [block["block"] for block in blocks(nginx, "server") if "ssl" in str(arguments(block["block"], "listen"))]
    assert len(found) == 1
    return found[0]


def location_of(secure, path):
    """The location that nginx takes for a path: the longest that it begins with."""
    return max(
        (block for block in blocks(secure, "location") if path.startswith(block["args"][0])),
        key=lambda block: len(block["args"][0]),
    )["block"]


def needed_paths(monkeypatch):
    monkeypatch.setenv("HEMIFACE_ROLE", "home")
    own = [re.sub(r"{[^}]*}", "x", route.path) for route in server.app_options()["routes"]]
    return [
        *own,
        "/",
        "/static/js/index.js",
        "/favicon.png",
        "/_stcore/stream",
        "/_stcore/health",
        "/_stcore/host-config",
    ]


def test_nginx_passes_every_path_that_the_page_needs_to_the_home_process(secure, monkeypatch):
    for path in needed_paths(monkeypatch):
        assert arguments(location_of(secure, path), "proxy_pass") == [[f"http://{HOME}"]], path


@pytest.mark.parametrize("path", ["/_stcore/upload_file/x", "/_stcore/metrics"])
def test_nginx_closes_what_the_page_does_not_need(secure, path):
    assert arguments(location_of(secure, path), "return") == [["404"]]


def test_nginx_upgrades_the_websocket_and_tells_who_came(nginx, secure):
    headers = dict(arguments(secure, "proxy_set_header"))
    assert headers == {
        "Host": "$http_host", "X-Forwarded-For": "$remote_addr", "X-Forwarded-Proto": "$scheme",
        "Upgrade": "$http_upgrade", "Connection": "$connection_upgrade",
    }  # fmt: skip
    assert arguments(secure, "proxy_http_version") == [["1.1"]]
    assert arguments(nginx, "map") == [["$http_upgrade", "$connection_upgrade"]]
    # A location with headers of its own would lose these.
    assert not any(arguments(block["block"], "proxy_set_header") for block in blocks(secure, "location"))


def test_nginx_lets_a_part_through_waits_and_insists_on_https(nginx, secure):
    from core.records.captures import MOST_PART_BYTES

    size = int(arguments(secure, "client_max_body_size")[0][0].removesuffix("m")) * 1_000_000
    assert MOST_PART_BYTES < size < 2 * MOST_PART_BYTES
    assert int(arguments(secure, "proxy_read_timeout")[0][0].removesuffix("s")) >= 3600
    assert ["Strict-Transport-Security", "max-age=31536000", "always"] in arguments(secure, "add_header")
    plain = next(block["block"] for block in blocks(nginx, "server") if block["block"] is not secure)
    assert arguments(plain, "return")[0][0] == "301"
    assert arguments(plain, "access_log") == [["off"]]


def test_nginx_logs_no_token(nginx, secure):
    link = location_of(secure, ROUTE.format(token="x"))
    assert arguments(link, "access_log") == [["off"]]
    assert arguments(link, "error_log") == [["/dev/null", "crit"]]
    assert not {"$request", "$request_uri", "$args"} & set(re.findall(r"\$\w+", arguments(nginx, "log_format")[0][1]))


@pytest.mark.parametrize("file", [NGINX, CADDY], ids=lambda file: file.name)
def test_the_clinicians_process_is_nowhere(file):
    text = file.read_text(encoding="utf-8")
    assert CLINIC not in text
    assert set(re.findall(r"127\.0\.0\.1:\d+", text)) == {HOME}


def test_caddy_does_the_same():
    text = re.sub(r"(?m)^\s*#.*$", "", CADDY.read_text(encoding="utf-8"))
    assert text.count("{") == text.count("}")
    assert re.search(rf"reverse_proxy {re.escape(HOME)} ", text)
    assert "Strict-Transport-Security" in text
    assert re.search(r"max_size 20MB", text)
    assert re.search(r"@closed path /_stcore/upload_file\* /_stcore/metrics\*\s+respond @closed 404", text)
    # Both loggers, the program's and that of visits, put something else for the token.
    pattern, replacement = re.findall(r'request>uri regexp "([^"]+)" "([^"]+)"', text)[0]
    assert text.count(pattern) == 2
    assert re.sub(pattern, replacement, ROUTE.format(token="SECRET") + "?x=1") == "/hemiface/home/-?x=1"
    assert text.count("Cookie delete") == 3


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_the_program_itself_takes_the_example(name, tmp_path):
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"no {name} on this computer")
    if name == "caddy":
        command = [program, "validate", "--config", str(CADDY), "--adapter", "caddyfile"]
    else:
        text = re.sub(r"(?m)^.*ssl_certificate.*$", "", NGINX.read_text(encoding="utf-8")).replace(" ssl http2", "")
        (tmp_path / "nginx.conf").write_text(text.replace("/var/log/nginx", str(tmp_path)), encoding="utf-8")
        command = [program, "-t", "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 or "syntax is ok" in done.stderr, done.stderr  # its folders are not ours to make


def test_the_page_names_every_setting_and_path():
    page = (DEPLOY.parent / "deploy.md").read_text(encoding="utf-8")
    for name in ("role", "home_url", "allowed_hosts", "data_dir", "database_url"):
        assert name in Settings.model_fields
        assert f"HEMIFACE_{name.upper()}" in page
    for path in (
        "/hemiface/home/",
        "/hemiface/capture",
        "/hemiface/home-video/",
        "/hemiface/demonstration/",
        "/_stcore",
    ):
        assert path in page
    for linked in re.findall(r"\]\((deploy/[^)]+)\)", page):
        assert (DEPLOY.parent / linked).is_file()
