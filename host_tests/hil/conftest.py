"""The board that the tests of this lane run on."""

import pytest
from board_link import BoardLink


@pytest.fixture(scope="session")
def link(request: pytest.FixtureRequest) -> BoardLink:
    """Return the board named by --device, or skip the test."""
    port = request.config.getoption("--device")
    if not port:
        pytest.skip("no board: name one with --device /dev/ttyUSB0")
    return BoardLink(port)
