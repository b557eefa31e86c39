"""Tells whether a file of tests that ran under another interpreter has passed."""

from subprocess import CompletedProcess

import pytest


def judge(result: CompletedProcess[str]) -> None:
    """Fail the test unless every test of the file has passed."""
    if result.returncode != 0 or ", 0 failed" not in result.stdout:
        pytest.fail(f"exit status {result.returncode}\n{result.stdout}", pytrace=False)
