"""The tree keeps the rules of the architecture."""

import pytest

import arch_rules
from interpreters import ROOT


@pytest.fixture(scope="module")
def tree():
    sources = arch_rules.read_tree(ROOT)
    assert "firmware/evse/core/io.py" in sources
    return sources


@pytest.mark.parametrize(
    "check",
    [
        arch_rules.check_arrows,
        arch_rules.check_platform_modules,
        arch_rules.check_no_floats,
        arch_rules.check_nothing_at_import,
    ],
)
def test_tree_keeps(check, tree):
    violations = check(tree)
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)
