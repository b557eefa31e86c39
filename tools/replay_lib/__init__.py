"""Parts of tools/replay.py: days, cars, the simulated house, the two regulators, figures and the report."""
