"""The lock on a file: one holder at a time, in one program or in two, and free again however the holder ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import HemifaceError
from core.records.lock import sole_holder

HOLDER = """
import sys, time
from pathlib import Path
from core.records.lock import sole_holder
with sole_holder(Path(sys.argv[1])) as alone:
    print(alone, flush=True)
    time.sleep(600)
"""


def test_the_second_holder_is_told_and_the_next_one_gets_it(tmp_path):
    path = tmp_path / "lock"
    with sole_holder(path) as first:
        with sole_holder(path) as second:
            assert (first, second) == (True, False)
        with sole_holder(path) as third:  # the refused one took nothing with it
            assert not third
    with sole_holder(path) as after:
        assert after


def test_a_program_that_is_killed_leaves_the_lock_free(tmp_path):
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "True\n"
        with sole_holder(path) as alone:
            assert not alone
        program.kill()
    with sole_holder(path) as alone:
        assert alone


def test_a_lock_that_cannot_be_made_is_told_in_words(tmp_path):
    with pytest.raises(HemifaceError, match="cannot be written"), sole_holder(tmp_path / "missing" / "lock"):
        pytest.fail("there is no such folder")
