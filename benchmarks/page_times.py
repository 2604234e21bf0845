"""How long do the app's start and a re-run of the pages take, on a data folder with analysed visits?

    python cli.py demo --data-dir out/demo
    python benchmarks/page_times.py --data-dir out/demo

Start: from the command to the first page that answers. First run and re-runs: the page's own script on this computer, without a
browser (Streamlit's AppTest), over every analysed visit of the data folder.
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
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

PAGES = ("severity", "review")
RERUNS = 5


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


def visits(data_dir: Path) -> list[str]:
    """Ids of the visits that have an analysis."""
    from core.records import Store
    from core.settings import load_settings

    store = Store.open(load_settings(data_dir))
    try:
        patients = [row.patient.id for row in store.patients(limit=1000).rows]
        return [row.visit.id for patient in patients for row in store.visits(patient) if row.exams]
    finally:
        store.close()


def page_s(page: str, visit: str) -> tuple[float, list[float]]:
    """Seconds of the first run and of each re-run."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.query_params["visit"] = visit
    app.run()
    begin = time.perf_counter()
    app.switch_page(f"pages/{page}.py").run()
    first, again = time.perf_counter() - begin, []
    for _ in range(RERUNS):
        begin = time.perf_counter()
        app.run()
        again.append(time.perf_counter() - begin)
    if app.exception:
        raise SystemExit(f"The page {page} failed: {app.exception[0].message}")
    return first, again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True, help="a data folder with analysed visits")
    options = parser.parse_args()
    os.environ["HEMIFACE_DATA_DIR"] = str(options.data_dir.resolve())
    logging.disable(logging.WARNING)
    starts = [start_s() for _ in range(3)]
    print(f"Start of the app: {statistics.median(starts):.1f} s (median of 3).\n")
    ids = visits(options.data_dir)
    print(f"{len(ids)} analysed visits, {RERUNS} re-runs each.\n")
    print("| page | first run, median | re-run, median | re-run, largest |\n| --- | --- | --- | --- |")
    for page in PAGES:
        times = [page_s(page, visit) for visit in ids]
        again = [seconds for _, reruns in times for seconds in reruns]
        first = statistics.median(seconds for seconds, _ in times)
        print(f"| {page} | {first:.2f} s | {statistics.median(again):.2f} s | {max(again):.2f} s |")


if __name__ == "__main__":
    main()
