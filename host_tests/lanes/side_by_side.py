"""Runs the files of a lane in processes side by side, as many as there are processors."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from subprocess import CompletedProcess

import pytest

Results = dict[str, Future[CompletedProcess[str]]]


@contextmanager
def started(request: pytest.FixtureRequest, run: Callable[[str], CompletedProcess[str]]) -> Iterator[Results]:
    """Start `run` for the parameter `file` of every test of this module that was selected; return what comes of it."""
    files = [
        str(item.callspec.params["file"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and hasattr(item, "callspec")
        and "file" in item.callspec.params
    ]
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        yield {file: pool.submit(run, file) for file in dict.fromkeys(files)}
    finally:
        pool.shutdown(cancel_futures=True)


def judge(result: CompletedProcess[str]) -> None:
    """Fail the test unless every test of the file has passed."""
    if result.returncode != 0 or ", 0 failed" not in result.stdout:
        pytest.fail(f"exit status {result.returncode}\n{result.stdout}", pytrace=False)
