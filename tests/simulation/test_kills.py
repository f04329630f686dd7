"""A short run of the seeded supervisor; `python -m tests.simulation.kills --help` tells of the long one."""

import os
import secrets
import sys

import pytest

from tests.processes import Program

KILLS = os.environ.get("COUNTERFOIL_KILLS", "6")
SEED = os.environ.get("COUNTERFOIL_SEED", "")


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the supervisor reads /proc, and SIGKILL is not everywhere")
def test_whatever_is_killed_nothing_acknowledged_is_lost() -> None:
    database, seed = os.environ["COUNTERFOIL_TEST_DATABASE"], SEED or str(secrets.randbelow(10**9))
    options = ["--database", database, "--kills", KILLS, "--seed", seed, "--clients", "3", "--mail-share", "0.2"]
    options += ["--post-seconds", "8"]
    with Program([sys.executable, "-m", "tests.simulation.kills", *options]) as program:
        code = program.wait(seconds=60 * int(KILLS))
    print(program.output)
    assert code == 0, program.output
    assert "nothing lost, doubled, missing or forgotten" in program.lines[-1]
