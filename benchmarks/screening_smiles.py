"""What does the screen for synkinesis say of real smiles of people who have none?

    python benchmarks/screening_smiles.py --london LONDON
    python benchmarks/screening_smiles.py --london LONDON --write docs/accuracy.md

LONDON holds ``neutral/`` and ``smiling/`` photographs of the same consenting people; none is known to have a palsy. The screen
has seen no real movement at all: it learned from neutral photographs that a simulation moved. Each person is an examination of two
pictures, rest and big smile, the fewest that the screen accepts, and each picture is judged by itself, too.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

import cv2  # noqa: E402

from benchmarks.accuracy.document import replace_part  # noqa: E402
from core.exam.protocol import Expression  # noqa: E402
from core.loose_pictures import read_picture  # noqa: E402
from core.second_opinions import KeyFrame, SynkinesisScreener  # noqa: E402
from core.statistics.intervals import wilson  # noqa: E402
from core.track_photo import track_photo  # noqa: E402
from models.opinions import make_screener  # noqa: E402
from models.refinement.data import split_people  # noqa: E402
from models.tracking import tracker_factory  # noqa: E402

PART = "screening smiles"
FOLDERS = {Expression.REST: "neutral", Expression.SMILE_OPEN: "smiling"}
WHAT = {None: "rest and smile together", Expression.REST: "picture at rest alone", Expression.SMILE_OPEN: "smile alone"}
VERDICTS = ("flagged", "unsure", "not_flagged", "not_assessable")


def frames_of(london: Path, person: str) -> list[KeyFrame]:
    """The pictures of a person in which a face was found."""
    frames = []
    for expression, folder in FOLDERS.items():
        for path in sorted((london / folder).glob(f"{person}*.jpg")):
            image = read_picture(path.read_bytes())
            points = track_photo(image, tracker_factory()).points
            if points is not None:
                frames.append(KeyFrame(image=image, points=points, time_s=None, expression=expression))
    return frames


def judged(screener: SynkinesisScreener, frames: list[KeyFrame]) -> dict[Expression | None, str]:
    """Verdict on both pictures together (None) and on each alone."""
    found: dict[Expression | None, str] = {None: screener.screen(frames).verdict}
    for frame in frames:
        alone = KeyFrame(image=frame.image, points=frame.points, time_s=None, expression=None)
        found[frame.expression] = screener.screen([alone]).verdict
    return found


def table(verdicts: dict[str, list[dict[Expression | None, str]]]) -> str:
    """Markdown, a row for every group of people and kind of picture."""
    lines = [
        "| people | shown | number | flagged (95 %) | unsure | not flagged | not assessable |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for group, people in verdicts.items():
        for kind, words in WHAT.items():
            counts = Counter(found[kind] for found in people if kind in found)
            number = counts.total()
            flagged = wilson(counts["flagged"], number)
            others = " | ".join(str(counts[verdict]) for verdict in VERDICTS[1:])
            share = f"{counts['flagged']} ({100 * flagged.low:.0f} to {100 * flagged.high:.0f} %)"
            lines.append(f"| {group} | {words} | {number} | {share} | {others} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--london", type=Path, required=True)
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the table into this document, too")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    screener = make_screener()
    split = split_people(path.stem for path in (options.london / "neutral").glob("*.jpg"))
    groups = {
        "never seen": (*split.validation, *split.test),
        "their neutral photograph was moved to learn from": split.training,
    }
    verdicts: dict[str, list[dict[Expression | None, str]]] = {}
    for group, people in groups.items():
        frames = [frames_of(options.london, person) for person in people]
        verdicts[group] = [judged(screener, shown) for shown in frames if len(shown) == len(FOLDERS)]
    text = f"Command: `python benchmarks/screening_smiles.py --london LONDON`\n\n{table(verdicts)}"
    print(text)
    if options.write is not None:
        replace_part(options.write, PART, text)


if __name__ == "__main__":
    main()
