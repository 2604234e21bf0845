"""The recorder's script: it parses, says nothing that has no words, finds what it looks for, and loses no part on the way."""

import json
import re
import shutil
import string
import subprocess
from pathlib import Path

import pytest

from core.exam.framing import FramingAspect
from core.exam.guide import GuidedProtocol, exam_plan, practice_plan
from core.exam.protocol import Expression as E
from pages.components import recorder as component
from pages.components.demonstrations import FOLDER
from pages.components.recorder import SCRIPTS, recorder_data, script
from pages.components.recorder_texts import expression_texts, recorder_texts

PARTS = Path(component.__file__).parent / "recorder_parts"
with_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed (on Debian: apt-get install nodejs)"
)


def run_node(code, *arguments):
    """What a program prints as JSON."""
    done = subprocess.run(
        ["node", "--input-type=module", "-", *arguments],
        input=code,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ------------------------------------------------------------------------------------------------------------- the script


@with_node
def test_javascript_parses():
    checked = subprocess.run(
        ["node", "--check", "--input-type=module"], input=script(), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_every_script_is_part_of_the_module():
    assert set(SCRIPTS) == {path.name for path in PARTS.glob("*.js")}


@pytest.mark.parametrize("name", SCRIPTS)
def test_javascript_writes_no_html(name):
    """Names of cameras and sentences of the server go into the page as texts (reliability T6)."""
    code = (PARTS / name).read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in code


@pytest.mark.parametrize("name", SCRIPTS)
def test_javascript_asks_nobody_but_this_server(name):
    code = (PARTS / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn|import\s", code)
    assert all(asked.startswith(("`${this.base}", "this.base")) for asked in re.findall(r"fetch\(([^,]+)", code))


def test_the_script_finds_every_element_that_it_looks_for():
    html = (PARTS / "recorder.html").read_text(encoding="utf-8")
    classes = {name for found in re.findall(r'class="([^"]+)"', html) for name in found.split()}
    code = script()
    words = code[code.index("const words = {") : code.index("};", code.index("const words = {"))]
    selectors = re.findall(r'(?:find|on)\("(\.[^"]+)"', code) + re.findall(r'"(\.[^"]+)":', words)
    assert len(selectors) > 40
    for selector in selectors:
        for name in re.findall(r"\.([\w-]+)", selector):
            assert name in classes, selector


# -------------------------------------------------------------------------------------------------------------- the words


def called_by_name():
    """Keys that reach the texts through a variable: reasons why a camera fails, and what went wrong while saving."""
    code = (PARTS / "camera.js").read_text(encoding="utf-8")
    failures = code[code.index("const FAILURES") : code.index("};", code.index("const FAILURES"))]
    keys = re.findall(r': "(\w+)"', failures)
    keys += re.findall(
        r'return "(\w+)";', code[code.index("function cannotRecord") : code.index("function chooseMime")]
    )
    keys += re.findall(r'\?\? "(\w+)"\)', code)
    keys += re.findall(r'tellWhy\("(\w+)"\)', script())
    keys += re.findall(r'throw new Error\("(\w+)"\)', script())
    assert {"denied", "busy", "insecure", "camera_failed", "camera_ended", "lost_connection"} <= set(keys)
    return set(keys)


def finding_codes(texts):
    return {key for key in texts if key.partition("_")[0] in {aspect.value for aspect in FramingAspect}}


def test_every_text_that_is_shown_is_there_and_none_is_idle():
    texts = recorder_texts()
    named = set(re.findall(r"texts\.(\w+)", script()))
    assert len(named) > 30
    assert (named | called_by_name()) - set(texts) == set()
    assert set(texts) - named - called_by_name() - finding_codes(texts) - {"unknown"} == set()
    assert all(text.strip() == text and text for text in texts.values())


def test_what_is_filled_in_fits_the_text():
    filled = {
        key: set(re.findall(r"(\w+)(?:,|:| \})", values))
        for key, values in re.findall(r"fill\(this\.texts\.(\w+), \{([^}]*\})", script())
    }
    texts = recorder_texts()
    with_holes = {
        key: {name for _, name, _, _ in string.Formatter().parse(text) if name} for key, text in texts.items()
    }
    assert {key: names for key, names in with_holes.items() if names} == {
        "movement_of": {"number", "count"},
        "repetition_of": {"number", "count"},
    }
    for key, names in filled.items():
        assert with_holes[key] <= names


def test_texts_come_from_the_language_that_is_asked_for():
    def other(text):
        return f"»{text}«"

    assert recorder_texts(other) == {key: f"»{text}«" for key, text in recorder_texts().items()}
    told = expression_texts(other)
    assert set(told) == {expression.value for expression in E}
    assert told["eee"] == {"label": f"»{E.EEE.label}«", "prompt": f"»{E.EEE.spec.prompt}«"}


# --------------------------------------------------------------------------------------------------------------- the data


@pytest.fixture
def data_of(monkeypatch):
    monkeypatch.setattr(component, "is_dark", lambda: False)

    def make(plan, token="t", language="en", practice=None, home=False):
        return recorder_data(plan, token, recorder_texts(), expression_texts(), language, home, practice)

    return make


PLAN = exam_plan(GuidedProtocol.QUICK)


def test_the_script_gets_json_values_only(data_of):
    data = data_of(PLAN, practice=practice_plan(E.PUCKER))
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [step["expression"] for step in data["plan"]["steps"]] == [e.value for e in PLAN.expressions]
    assert data["practice"]["steps"][0]["expression"] == "pucker"
    assert data_of(PLAN)["practice"] is None
    assert (data["base"], data["token"], data["home"], data["dark"]) == ("/hemiface/capture", "t", False, False)


def test_every_movement_that_is_asked_for_is_demonstrated_and_has_its_words(data_of):
    data = data_of(PLAN, practice=practice_plan(E.PUCKER))
    assert set(data["demonstrations"]) == {*(e.value for e in PLAN.expressions), "pucker"}
    for name, addresses in data["demonstrations"].items():
        assert data["expressions"][name]["prompt"]
        for address in addresses.values():
            assert (FOLDER / address.rpartition("/")[2]).is_file(), address


def test_another_plan_token_or_language_is_another_version(data_of):
    one = data_of(PLAN)["version"]
    assert data_of(exam_plan(GuidedProtocol.QUICK))["version"] == one
    others = [data_of(exam_plan(GuidedProtocol.CORE)), data_of(PLAN, token="u"), data_of(PLAN, language="de")]
    assert one not in {other["version"] for other in others}


# ------------------------------------------------------------------------------------------------------------- the upload

UPLOAD = """
const answers = JSON.parse(process.argv[2]);  // what the server says, one after the other; then 200
const asked = [];
globalThis.fetch = async (address, { body, headers }) => {
  if (headers["X-Hemiface-Token"] !== "token") throw new Error("no token");
  asked.push([address.slice("/base".length), body]);
  const [status, told] = answers.shift() ?? [200, { id: "ID" }];
  if (status === 0) throw new TypeError("Failed to fetch");
  return { ok: status < 300, status, json: async () => told };
};
globalThis.setTimeout = (act) => setImmediate(act);
const slow = [];
const upload = new Upload("/base", "token");
upload.onSlow = (now) => { if (slow.at(-1) !== now) slow.push(now); };
await upload.begin("video/mp4", {});
asked.length = 0;
"""
LOST = [[0, None]] * 41


def upload(answers, course):
    """What the server was asked, in order, while the course ran; ``course`` is JavaScript that returns a value."""
    code = (PARTS / "upload.js").read_text(encoding="utf-8")
    program = f"{code}\n{UPLOAD}\nconst result = await (async () => {{ {course} }})();"
    told = run_node(
        program + "\nconsole.log(JSON.stringify({ result, asked, slow }));", json.dumps([[200, {"id": "ID"}], *answers])
    )
    return told["result"], [address for address, _ in told["asked"]], told


THREE_AND_END = """
for (const part of ["a", "b", "c"]) upload.add(part);
const end = () => upload.finish([], {}).then((id) => id, (problem) => [problem.constructor.name, problem.message]);
"""


@with_node
def test_parts_go_one_after_the_other_and_the_end_tells_how_many():
    result, asked, told = upload([], THREE_AND_END + "return end();")
    assert (result, asked) == ("ID", ["/ID/part/0", "/ID/part/1", "/ID/part/2", "/ID/finish"])
    assert [body for _, body in told["asked"][:3]] == ["a", "b", "c"]
    assert json.loads(told["asked"][3][1])["parts"] == 3


@with_node
def test_cues_keep_their_place_between_the_parts():
    _, asked, _ = upload([], "upload.add('a'); upload.cues([]); upload.add('b'); return upload.finish([], {});")
    assert asked == ["/ID/part/0", "/ID/cues", "/ID/part/1", "/ID/finish"]


@with_node
@pytest.mark.parametrize("trouble", [[0, None], [500, {}], [507, {"error": "Full."}], [429, {}]], ids=str)
def test_a_server_that_cannot_answer_now_is_asked_again(trouble):
    result, asked, _ = upload([trouble, trouble, [200, {}], trouble], THREE_AND_END + "return end();")
    assert result == "ID"
    assert asked == ["/ID/part/0"] * 3 + ["/ID/part/1"] * 2 + ["/ID/part/2", "/ID/finish"]


@with_node
def test_a_refusal_is_final_and_told_in_the_words_of_the_server():
    answers = [[200, {}], [413, {"error": "Too long."}]]
    result, asked, _ = upload(answers, THREE_AND_END + "return [await end(), upload.add('d'), await end()];")
    assert result == [["RefusedError", "Too long."], None, ["RefusedError", "Too long."]]
    assert asked == ["/ID/part/0", "/ID/part/1"], "what follows would be refused as well"


@with_node
def test_a_refusal_without_words_is_told_by_its_number():
    answers = "globalThis.fetch = async () => ({ ok: false, status: 404, json: async () => { throw new Error(); } });"
    assert upload([], answers + THREE_AND_END + "return end();")[0] == ["RefusedError", "404"]


@with_node
def test_nothing_is_lost_when_the_connection_is_away_for_long():
    """Whoever presses “Try again” after minutes without a connection has a whole recording: parts wait until they are there."""
    course = THREE_AND_END + "const first = await end(); upload.add('d'); upload.retry(); return [first, await end()];"
    result, asked, told = upload([[200, {}], *LOST], course)
    assert result == [["Error", "lost_connection"], "ID"]
    assert asked[0] == "/ID/part/0"
    assert set(asked[1:42]) == {"/ID/part/1"}
    assert asked[42:] == ["/ID/part/1", "/ID/part/2", "/ID/part/3", "/ID/finish"]
    assert [body for _, body in told["asked"][42:45]] == ["b", "c", "d"]


@with_node
def test_an_end_that_got_no_answer_can_be_asked_for_again():
    course = THREE_AND_END + "const first = await end(); upload.retry(); return [first, await end()];"
    result, asked, _ = upload([[200, {}]] * 3 + LOST, course)
    assert result == [["Error", "lost_connection"], "ID"]
    assert asked[:3] == ["/ID/part/0", "/ID/part/1", "/ID/part/2"]
    assert set(asked[3:]) == {"/ID/finish"}


@with_node
def test_a_connection_that_falls_behind_is_noticed_and_its_recovery_too():
    course = "for (let i = 0; i < 8; i += 1) upload.add('x'); return upload.finish([], {});"
    assert upload([], course)[2]["slow"] == [False, True, False]
    assert upload([], THREE_AND_END + "return end();")[2]["slow"] == [False]
