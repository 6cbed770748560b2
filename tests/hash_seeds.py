"""The output of a script in processes that order their sets differently, for tests."""

import os
import subprocess
import sys


def outputs(script: str, *arguments: object) -> set[bytes]:
    """Return the different outputs of a script under two hash seeds."""
    return {
        subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
