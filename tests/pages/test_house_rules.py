"""Rules for pages that a program can hold: no raw HTML of users, nothing shared by accident, every page wrapped."""

import ast
from pathlib import Path

import pytest

from pages.components import current as places
from pages.components import shell

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "pages").rglob("*.py"))
PAGES = [file for file in FILES if file.parent.name == "pages" and file.name != "__init__.py"]


def names(files):
    return [str(file.relative_to(ROOT)) for file in files]


@pytest.mark.parametrize("file", FILES, ids=names(FILES))
def test_no_way_for_html_of_users(file):
    """Stored scripts run in the app's origin (reliability T6, finding 9); st.html cleans what it gets, these do not."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword):
            assert node.arg not in ("unsafe_allow_html", "unsafe_allow_javascript"), f"line {node.value.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("iframe", "write_stream"), f"line {node.lineno}"


@pytest.mark.parametrize("file", FILES, ids=names(FILES))
def test_nothing_at_module_level_can_be_filled_by_one_user_and_seen_by_another(file):
    """Modules are imported once for all sessions (reliability T10); constants in capitals are read only by custom."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
            node.value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
        ):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                assert ast.unparse(target).isupper(), f"line {node.lineno}: {ast.unparse(target)}"


def test_navigation_offers_every_page():
    assert set(names(PAGES)) <= {file for file, _, _ in shell.PAGES} | {places.HOME}


@pytest.mark.parametrize("file", PAGES, ids=names(PAGES))
def test_every_page_is_one_guarded_function(file):
    """The wrapper is what keeps stack traces from users: nothing else may run when a page is opened."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    calls = [node for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert [ast.unparse(call) for call in calls] == ["page()"]
    page = next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == "page")
    assert [ast.unparse(decorator) for decorator in page.decorator_list] == ["guarded"]


@pytest.mark.parametrize("file", FILES, ids=names(FILES))
def test_fragments_and_dialogs_are_guarded(file):
    """They run without the page around them, so they need the wrapper, too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            if any(name.startswith(("st.fragment", "st.dialog")) for name in decorators):
                assert decorators[-1] == "guarded", f"line {node.lineno}: {node.name}"
