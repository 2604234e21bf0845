"""The rules of the house that a program can hold: who imports whom, light entrances, no path of a machine, pinned versions."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "mediapipe", "face_alignment"}
FORBIDDEN = {
    "core": {"streamlit", "torch", "mediapipe", "face_alignment", "models", "pages", "app", "cli"},
    "models": {"streamlit", "pages", "app", "cli"},
    "commands": {"streamlit", "pages", "app", "cli"},
    "pages": {"cli", "commands"},
}


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = listed.stdout.split() or [str(p.relative_to(ROOT)) for p in ROOT.rglob(pattern) if ".venv" not in p.parts]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def _imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def _top_level_imports(tree: ast.Module) -> set[str]:
    return set().union(*(_imports(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)))


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_run_one_way(package):
    files = _tracked(f"{package}/*.py")
    assert files
    for file in files:
        crossed = _imports(ast.parse(file.read_text(encoding="utf-8"))) & FORBIDDEN[package]
        assert not crossed, f"{file.relative_to(ROOT)} imports {', '.join(sorted(crossed))}"


def test_entrances_start_light():
    """torch or mediapipe at the top of a page would cost every start seconds."""
    for file in [ROOT / "app.py", ROOT / "cli.py", *_tracked("pages/*.py")]:
        heavy = _top_level_imports(ast.parse(file.read_text(encoding="utf-8"))) & HEAVY
        assert not heavy, f"{file.name} imports {', '.join(sorted(heavy))} at its top"


def _unsafe_loading(tree: ast.AST) -> list[str]:
    """Whatever of a program can run code that lies in a file of data."""
    found = [
        f"imports {name}"
        for name in sorted(_imports(tree) & {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve"})
    ]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        options = {option.arg: ast.unparse(option.value) for option in call.keywords}
        if name in ("torch.load", "load_state_dict_from_url") and options.get("weights_only") != "True":
            found.append(f"line {call.lineno}: {name} without weights_only=True")
        if name.startswith(("torch.jit.load", "torch.hub.", "torch.package.")):
            found.append(f"line {call.lineno}: {name}")
        if options.get("allow_pickle", "False") != "False":
            found.append(f"line {call.lineno}: {name} with allow_pickle")
    if any(
        isinstance(n, ast.ImportFrom) and n.module == "torch" and any(a.name == "load" for a in n.names)
        for n in ast.walk(tree)
    ):
        found.append("imports load from torch, whose calls this test does not see")
    return found


def test_nothing_is_unpickled():
    """A model file must not be able to run code (reliability T8). Tests make such files, and one sees them sing."""
    files = [file for file in _tracked("*.py") if file.relative_to(ROOT).parts[0] != "tests"]
    assert len(files) > 100
    for file in files:
        found = _unsafe_loading(ast.parse(file.read_text(encoding="utf-8")))
        assert not found, f"{file.relative_to(ROOT)} {', '.join(found)}"


@pytest.mark.parametrize(
    ("code", "unsafe"),
    [
        ("import pickle", True),
        ("from joblib import load", True),
        ("from torch import load", True),
        ("torch.load(path)", True),
        ("torch.load(path, weights_only=False)", True),
        ("torch.load(path, weights_only=option)", True),
        ("torch.load(path, map_location='cpu', weights_only=True)", False),
        ("torch.jit.load(path)", True),
        ("np.load(path, allow_pickle=True)", True),
        ("np.load(path, allow_pickle=False)", False),
    ],
)
def test_unsafe_loading_is_seen(code, unsafe):
    assert bool(_unsafe_loading(ast.parse(code))) == unsafe


def test_no_path_of_a_machine():
    for pattern in ("*.py", "*.md", "*.toml", "*.js", "*.txt"):
        for file in _tracked(pattern):
            found = re.search(r"(?<![\w.~/])/(?:home|work|root|Users|tmp)/\w", file.read_text(encoding="utf-8"))
            assert not found, f"{file.relative_to(ROOT)}: {found.group(0) if found else ''}"


def test_the_readme_has_its_two_commands():
    """.ci/run calls the second one as it stands."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    start = "python3 -m venv .venv && . .venv/bin/activate && pip install -r "
    assert re.search(rf"^{re.escape(start)}requirements\.txt && streamlit run app\.py$", readme, re.M)
    assert re.search(rf"^{re.escape(start)}requirements-dev\.txt && pytest$", readme, re.M)


def test_requirements_are_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r", "-c")):
                assert re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line), f"{name}: {line}"


def test_both_opencv_packages_have_the_same_version():
    """They write the same folder; different versions give a broken cv2."""
    pins = dict(
        re.findall(r"^(opencv[\w-]*)==([\w.]+)$", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    )
    assert pins["opencv-python"] == pins["opencv-contrib-python"]


def test_no_two_test_files_have_the_same_name():
    """Pytest would refuse the second one of a run, and the suite would seem to pass without it."""
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()
