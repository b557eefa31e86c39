"""The workbench around a simulated station: its page, its JSON, scenarios, and real time."""
