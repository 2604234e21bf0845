"""Makes pages/components/assets/demonstrations: the drawn demonstration of every expression, as a loop and as a still.

    python benchmarks/make_demonstrations.py

Run it after a change to the phantom or to core/phantom/demonstrations.py, look at the pictures, and commit them.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.exam.protocol import Expression  # noqa: E402
from core.phantom.demonstrations import write_demonstration, write_still  # noqa: E402

OUT = ROOT / "pages/components/assets/demonstrations"


def main() -> None:
    OUT.mkdir(exist_ok=True)
    total = 0
    for expression in Expression:
        clip, still = OUT / f"{expression.value}.mp4", OUT / f"{expression.value}.jpg"
        write_demonstration(expression, clip)
        write_still(expression, still)
        sizes = clip.stat().st_size, still.stat().st_size
        total += sum(sizes)
        print(f"{expression.value:16} loop {sizes[0] / 1000:5.1f} kB, still {sizes[1] / 1000:5.1f} kB")
    print(f"{total / 1000:.0f} kB -> {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
