"""The table of loose pictures: every verdict in words, and a CSV file that no spreadsheet runs."""

import csv
import io

import pytest

from core.records.text import spreadsheet_text
from core.screening_table import PictureAnswer, csv_bytes, summary
from tests.opinion_samples import SHA256, screening

ANSWERS = [
    PictureAnswer("smile.jpg", screening(0.8)),
    PictureAnswer("rest.png", screening(0.1)),
    PictureAnswer("dark.png", screening(None, reason="The picture is too dark.")),
    PictureAnswer("=cmd|' /C calc'!A0.jpg", problem="The file is no picture that can be read, or is damaged."),
]


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_answers_in_words():
    assert [answer.verdict for answer in ANSWERS] == ["refer", "not flagged", "not assessable", "not read"]
    assert [answer.probability for answer in ANSWERS] == [
        "80 % (70 to 90 %)",
        "10 % (0 to 20 %)",
        "–",
        "–",
    ]
    assert [answer.reason for answer in ANSWERS] == ["", "", "The picture is too dark.", ANSWERS[3].problem]
    assert summary(ANSWERS) == "4 pictures: 1 refer, 1 not flagged, 1 not assessable, 1 not read"
    assert summary(ANSWERS[:1]) == "1 picture: 1 refer"


def test_csv_has_numbers_limits_and_what_made_them():
    content = csv_bytes(ANSWERS)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = read(content)
    assert [row["file"] for row in rows[:3]] == ["smile.jpg", "rest.png", "dark.png"]
    assert rows[0] | {"reason": ""} == {
        "file": "smile.jpg",
        "verdict": "refer",
        "probability": "0.8000",
        "low": "0.7000",
        "high": "0.9000",
        "unsure_from": "0.3000",
        "refer_from": "0.6000",
        "reason": "",
        "model": "synkinesis_cnn",
        "weights_sha256": SHA256,
        "trained_on": "simulated patients",
    }
    assert (rows[2]["probability"], rows[2]["reason"]) == ("", "The picture is too dark.")
    assert (rows[3]["verdict"], rows[3]["model"], rows[3]["trained_on"]) == ("not read", "", "")
    assert rows[3]["file"] == "'=cmd|' /C calc'!A0.jpg"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "|", "%", "＝", "\t=", "\r\n=", "\u202e="])
def test_no_text_becomes_a_formula(start):
    assert spreadsheet_text(f"{start}1+1") == f"'{start.strip(chr(0x202E)).strip()}1+1"


def test_other_text_stays():
    assert spreadsheet_text("smile-2 (copy).jpg") == "smile-2 (copy).jpg"
    assert spreadsheet_text("") == ""
