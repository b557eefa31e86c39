"""Buttons that are pressed over the network: as those of the station, and never held for ever."""

from mqtt_station_bench import Rig

from evse.services import buttons as b


def press(rig, button, held_ms):
    """Press a button, let go after a while, and let the station see it."""
    rig.app.menu.press(button, True)
    step(rig, held_ms)
    rig.app.menu.press(button, False)
    step(rig, 200)


def step(rig, duration_ms):
    for _ in range(duration_ms // 20):
        rig.run(20)
        rig.app.menu.step(rig.clock.now)


def test_a_short_press_chooses_the_mode_however_short_it_was():
    rig = Rig(MAINS_MET="API")
    rig.change({"MODE": "Smart"})
    press(rig, b.LEFT, 0)
    assert rig.status("mode") == "Solar"
    press(rig, b.LEFT, 500)
    assert rig.status("mode") == "Smart"


def test_a_long_press_opens_the_menu_and_short_ones_walk_it():
    rig = Rig()
    press(rig, b.MIDDLE, 2200)
    assert rig.status("menu.item") == "MODE"
    press(rig, b.RIGHT, 100)
    assert rig.status("menu.item") == "CONFIG"
    assert rig.app.menu.uses > 0


def test_a_button_that_nobody_lets_go_comes_up_by_itself():
    rig = Rig()
    rig.app.menu.press(b.LEFT, True)
    step(rig, 2200)
    # A long press of the left one.
    assert rig.status("access") == "off"
    assert rig.app.menu.next_due_ms(rig.clock.now) == 0
    step(rig, 3000)
    assert rig.app.menu.next_due_ms(rig.clock.now) == -1
    press(rig, b.RIGHT, 2200)
    assert rig.status("access") == "on"


def test_a_button_at_the_station_works_meanwhile():
    rig = Rig()
    rig.app.menu.press(b.MIDDLE, True)
    step(rig, 2200)
    assert rig.status("menu.item") == "MODE"
    rig.app.menu.press(b.MIDDLE, False)
    step(rig, 200)
    rig.board.buttons.press("right", 100)
    step(rig, 300)
    assert rig.status("menu.item") == "CONFIG"


def test_letting_go_of_nothing_is_nothing():
    rig = Rig()
    rig.app.menu.press(b.LEFT, False)
    step(rig, 200)
    assert rig.status("menu.item") == "" and rig.status("access") == "on"
