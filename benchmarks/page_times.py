"""How long do the app's start and a re-run of the pages take, on a data folder with analysed visits?

    python cli.py demo --data-dir out/demo
    python benchmarks/page_times.py --data-dir out/demo

    python cli.py demo --many --patients 200 --visits 2000 --data-dir out/many
    python benchmarks/page_times.py --data-dir out/many --visits 10

Start: from the command to the first page that answers. First run and re-runs: the page's own script on this computer, without a
browser (Streamlit's AppTest), over analysed visits that are spread evenly over the data folder. A re-run that takes longer than a
second is said at the end, and the program then ends with exit code 1.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

RERUNS = 5
LIMIT_S = 1.0
PARTS = ("Visits", "Course", "Treatments", "Questionnaires", "Data requests")


@dataclass(frozen=True)
class View:
    """A page as it is looked at: its file, what its address names, and the part of a patient's record."""

    name: str
    page: str
    address: str = ""
    part: str = ""


VIEWS = (
    View("Patients, list", "patients"),
    *(View(f"Patients, {part}", "patients", "patient", part) for part in PARTS),
    View("Severity", "severity", "visit"),
    View("Review", "review", "visit"),
    View("Synkinesis", "synkinesis", "visit"),
    View("Compare, one patient", "compare", "patient"),
    View("Compare, many patients", "compare", "cohort"),
)


def start_s() -> float:
    """Seconds from ``streamlit run app.py`` to an answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), "--server.headless", "true"]
    begin = time.perf_counter()
    app = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - begin < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    return time.perf_counter() - begin
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise SystemExit("The app did not start within two minutes.")
    finally:
        app.terminate()
        app.wait(timeout=30)


def visits(data_dir: Path, most: int) -> tuple[list[tuple[str, str]], int, int]:
    """(patient, visit) of at most so many analysed visits, spread evenly; patients and analysed visits in all."""
    from core.records import Store
    from core.settings import load_settings

    store = Store.open(load_settings(data_dir))
    try:
        patients = [row.patient.id for row in store.patients(limit=10_000).rows]
        found = [(patient, row.visit.id) for patient in patients for row in store.visits(patient) if row.exams]
    finally:
        store.close()
    step = max(len(found) / most, 1.0)
    return [found[int(number * step)] for number in range(min(most, len(found)))], len(patients), len(found)


def page_s(view: View, patient: str, visit: str) -> tuple[float, list[float]]:
    """Seconds of the first run and of each re-run."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=120)
    address = {"visit": ("visit", visit), "patient": ("patient", patient), "cohort": ("view", "cohort")}.get(
        view.address
    )
    if address is not None:
        app.query_params[address[0]] = address[1]
    if view.part:
        app.session_state[f"part_{patient}"] = view.part
    app.run()
    begin = time.perf_counter()
    app.switch_page(f"pages/{view.page}.py").run()
    first, again = time.perf_counter() - begin, []
    for _ in range(RERUNS):
        begin = time.perf_counter()
        app.run()
        again.append(time.perf_counter() - begin)
    if app.exception:
        raise SystemExit(f"The page {view.name} failed: {app.exception[0].message}")
    return first, again


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True, help="a data folder with analysed visits")
    parser.add_argument("--visits", type=int, default=50, help="at most so many visits are looked at")
    options = parser.parse_args()
    os.environ["HEMIFACE_DATA_DIR"] = str(options.data_dir.resolve())
    logging.disable(logging.WARNING)
    chosen, patients, analysed = visits(options.data_dir, max(options.visits, 1))
    load = f"; load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    starts = [start_s() for _ in range(3)]
    print(f"Start of the app: {statistics.median(starts):.1f} s (median of 3).\n")
    print(
        f"{patients} patients, {analysed} analysed visits, {len(chosen)} of them looked at, {RERUNS} re-runs each{load}.\n"
    )
    print("| page | first run, median | re-run, median | re-run, largest |\n| --- | --- | --- | --- |")
    slow = []
    for view in VIEWS:
        times = [page_s(view, *ids) for ids in (chosen if view.address in ("visit", "patient") else chosen[:1])]
        again = [seconds for _, reruns in times for seconds in reruns]
        first = statistics.median(seconds for seconds, _ in times)
        print(f"| {view.name} | {first:.2f} s | {statistics.median(again):.2f} s | {max(again):.2f} s |", flush=True)
        if max(again) > LIMIT_S:
            slow.append(view.name)
    if slow:
        print(f"\nLonger than {LIMIT_S:g} s to re-run: {', '.join(slow)}.")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
