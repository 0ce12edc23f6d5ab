"""The solver is loaded where something is proved, and nowhere else."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    ["gateway.composition", "gateway.cli.commands", "gateway.serve", "policies.proving.difference"],
)
def test_nothing_that_serves_loads_the_solver(module):
    program = f"import sys, {module}; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
