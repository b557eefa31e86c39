"""Which page is shown when."""

import screens_bench

from evse.core import limits, states, ticks
from evse.services.display.model import BYE_MS, METER_MS, START_MS, TOTAL_MS, ScreenModel

STEP_MS = 500


class Bench:
    """A model whose time is moved by hand; it crosses the wrap of the ticks."""

    def __init__(self, *parts):
        self.view = screens_bench.view_of(*parts)
        self.model = ScreenModel()
        self.now = ticks.PERIOD - 3000
        self.model.step(self.now, self.view)

    def set(self, **fields):
        for field in fields:
            setattr(self.view, field, fields[field])
        return self.page()

    def page(self):
        return self.model.step(self.now, self.view)

    def run(self, duration_ms):
        """Return the pages of so much time, each with how long it was shown."""
        pages = []
        for _ in range(duration_ms // STEP_MS):
            self.now = ticks.add(self.now, STEP_MS)
            page = self.page()
            if not pages or pages[-1][0] != page:
                pages.append([page, 0])
            pages[-1][1] += STEP_MS
        return [tuple(pair) for pair in pages]


def car(**fields):
    found = {"connected": True, "state": states.B, "offered_ma": 16000, "limit_ma": 16000}
    found.update(fields)
    return found


def test_priorities():
    bench = Bench(screens_bench.CHARGING)
    assert bench.page() == "start"
    bench.run(START_MS)
    bench.model.show_meter(bench.now)
    assert bench.page() == "meter"
    bench.set(message="Hello")
    assert bench.page() == "message"
    bench.model.notify("card_refused", bench.now)
    assert bench.page() == "card_refused"
    assert bench.set(fault="no_diode") == "error"
    assert bench.set(menu=("MAX", "16A")) == "menu"
    assert bench.set(restarting=True) == "restart"
    bench.set(restarting=False, menu=None, fault="", message="")
    assert bench.page() == "card_refused"
    assert bench.run(4000)[-1][0] == "meter"
    assert bench.run(METER_MS)[-1][0] in ("energy", "time", "power")


def test_charging_pages_take_turns():
    bench = Bench()
    bench.set(**screens_bench.CHARGING)
    assert bench.run(24000)[:5] == [
        ("start", START_MS - STEP_MS),
        ("energy", 5000),
        ("time", 5000),
        ("power", 5000),
        ("energy", 5000),
    ]


def test_elapsed_counts_from_the_beginning_of_a_page():
    bench = Bench()
    bench.set(**screens_bench.CHARGING)
    bench.run(START_MS)
    assert bench.model.page == "energy" and bench.model.elapsed_ms == 0
    bench.run(1500)
    assert bench.model.elapsed_ms == 1500


def test_a_change_of_current_is_shown_once_a_minute():
    bench = Bench()
    bench.set(**screens_bench.CHARGING)
    bench.run(START_MS)
    assert bench.set(offered_ma=10000) == "current"
    assert bench.run(3000)[-1][0] == "energy"
    assert bench.set(offered_ma=16000) == "energy"
    bench.run(60000)
    assert bench.set(offered_ma=16500) != "current"
    assert bench.set(offered_ma=20000) == "current"


def test_end_of_a_session():
    bench = Bench()
    bench.set(**screens_bench.CHARGING)
    bench.run(10000)
    assert bench.set(state=states.A, connected=False, session_active=False, offered_ma=0) == "bye"
    pages = bench.run(BYE_MS + TOTAL_MS + 2000)
    assert pages == [("bye", BYE_MS - STEP_MS), ("total", TOTAL_MS), ("idle", 2500)]


def test_a_new_car_ends_the_goodbye():
    bench = Bench()
    bench.set(**screens_bench.CHARGING)
    bench.set(state=states.A, connected=False, session_active=False)
    assert bench.page() == "bye"
    assert bench.set(**car()) == "connected"


def test_why_a_car_waits():
    bench = Bench(car())
    assert bench.page() == "connected"
    assert bench.set(limit_ma=0, limit_slot=limits.SUN, state=states.B1) == "waiting"
    assert bench.set(access=states.ACCESS_PAUSE) == "paused"
    assert bench.set(access=states.ACCESS_OFF) == "access_off"
    assert bench.set(start_at_s=1695420900) == "scheduled"
    assert bench.set(authorise=True) == "authorise"


def test_card_and_code_take_turns():
    bench = Bench(car(authorise=True, link="https://example.org/1"))
    assert bench.run(20000)[:3] == [("authorise", 5500), ("qr", 8000), ("authorise", 6000)]


def test_a_car_that_is_full():
    bench = Bench(car(session_active=True))
    assert [page for page, _ in bench.run(10000)] == ["finished", "energy", "finished"]


def test_without_a_car():
    bench = Bench()
    assert bench.page() == "idle"
    assert bench.set(authorise=True, access=states.ACCESS_OFF) == "idle"
    assert bench.set(authorise=False) == "access_off"
    assert bench.set(access=states.ACCESS_PAUSE) == "paused"
    bench.set(access=states.ACCESS_ON, online=0)
    assert bench.run(26000)[:3] == [("idle", 9500), ("offline", 3000), ("idle", 10000)]
    bench.set(online=1)
    bench.set(online=0, why="connection refused")
    assert bench.run(24000)[:4] == [("idle", 9500), ("offline", 3000), ("offline_why", 6000), ("idle", 5500)]


def test_a_picture_never_hides_a_state():
    bench = Bench({"picture": screens_bench.Stripes()})
    assert bench.page() == "idle"
    assert bench.set(**car()) == "connected"
    assert bench.set(fault="temp_high") == "error"


def test_turns_go_on_for_days():
    bench = Bench({"online": 0})
    for _ in range(30):
        # Half the period of the ticks would be 6.2 days.
        for _ in range(24):
            bench.now = ticks.add(bench.now, 3600000)
            assert bench.page() in ("idle", "offline")
    assert len(bench.run(26000)) >= 3


def test_notices_end():
    bench = Bench()
    bench.model.notify("card_accepted", bench.now)
    assert bench.run(8000)[:2] == [("card_accepted", 2500), ("idle", 5500)]
    bench.model.notify("card_checking", bench.now, 1000)
    assert bench.run(2000)[0] == ("card_checking", 500)


def test_the_page_stays_until_next_ms():
    bench = Bench(screens_bench.CHARGING)
    bench.model.notify("card_accepted", bench.now)
    bench.model.show_meter(bench.now)
    bench.page()
    changes = 0
    for _ in range(40):
        page = bench.page()
        left_ms = bench.model.next_ms(bench.now)
        assert left_ms > 0
        bench.now = ticks.add(bench.now, left_ms - 1)
        assert bench.page() == page and bench.model.next_ms(bench.now) == 1
        bench.now = ticks.add(bench.now, 1)
        changes += bench.page() != page
    # The message, the reading, then a page every five seconds; only a forgotten delay ends without a new page.
    assert changes >= 36


def test_nothing_is_due_where_only_the_view_decides():
    bench = Bench()
    bench.run(1000)
    assert bench.page() == "idle" and bench.model.next_ms(bench.now) == -1
    # What is hidden by a fault wakes nobody when it is over.
    bench.model.notify("card_refused", bench.now)
    assert bench.set(fault="no_diode") == "error"
    bench.run(6000)
    assert bench.model.next_ms(bench.now) == -1


def test_a_message_can_be_ended():
    bench = Bench()
    bench.model.notify("card_checking", bench.now)
    assert bench.page() == "card_checking"
    bench.model.notify("", bench.now)
    assert bench.page() == "idle"
