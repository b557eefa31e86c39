"""The web server bears the load of evcc, Home Assistant and a browser; `web_load.py --hours 24` does so for longer."""

import os

import web_load
from web_station import WebStation

SECONDS = float(os.environ.get("MICROEVSE_LOAD_S", "60"))


def test_four_connections_per_second_next_to_a_live_stream(tmp_path, capsys):
    with WebStation(tmp_path) as station:
        station.set_up()
        station.bench("/world", {"car.pilot": "C"})
        figures = web_load.load(station, SECONDS)
    with capsys.disabled():
        print(f"\n{figures}")
    assert figures.problems() == []


def test_bad_figures_are_told():
    good = web_load.Figures(10, 0, 0, 5, 0.01, 0.02, 0.03, 1000, 1000, 5)
    assert good.problems() == []
    for change in ({"refused": 1}, {"failed": 1}, {"p99_s": 0.4}, {"heap_after": 90_000}, {"events": 0}):
        assert good._replace(**change).problems()
