"""Settings of a station that others may use: its place, its prices, and who may charge."""

from access_bench import MemoryStore

from evse.core.errors import FieldError
from evse.settings.settings import Settings


def refusal(settings, **shown) -> str:
    """Return why a change is refused, "" when it is taken."""
    try:
        settings.change(shown)
    except FieldError as error:
        return error.text
    return ""


def test_a_place_on_the_map_is_checked_and_can_be_removed():
    settings = Settings(MemoryStore())
    for key, most in (("Latitude", 90), ("Longitude", 180)):
        for text in (
            "0",
            "-0",
            "47.3769",
            "-12.345678",
            str(most),
            "-%d.000000" % most,
            "%d.999999" % (most - 1),
        ):
            assert refusal(settings, **{key: text}) == "" and settings.text(key) == text, text
        for text in ("%d.000001" % most, "-%d.1" % most, "999"):
            assert refusal(settings, **{key: text}) == "must be from -%d to %d degrees" % (most, most), text
        for text in ("47,3", "47.", ".5", "-", "+5", "1e1", "4 7", "47.1234567", "٤٧", "0047", "nan"):
            assert refusal(settings, **{key: text}).startswith("must be degrees"), text
        assert settings.text(key) == "%d.999999" % (most - 1)
        assert refusal(settings, **{key: ""}) == "" and settings.text(key) == ""


def test_exactly_three_access_modes():
    settings = Settings(MemoryStore())
    assert settings.shown("AccessMode") == "Limited"
    for mode in ("Public", "Limited", "Private"):
        assert refusal(settings, AccessMode=mode) == "" and settings.shown("AccessMode") == mode
    for mode in ("public", "Free", "", 0, None):
        assert refusal(settings, AccessMode=mode) == "must be one of: Public, Limited, Private"
    assert settings.shown("AccessMode") == "Private"


def test_who_may_charge_is_shown_where_a_card_has_to():
    settings = Settings(MemoryStore())
    assert not settings.visible("AccessMode") and settings.visible("PriceKwhMills")
    settings.change({"AUTH": "RFID"})
    assert settings.visible("AccessMode")


def test_an_access_mode_by_hand_ends_the_opening_hours():
    settings = Settings(MemoryStore())
    settings.change({"HOURS": "Enabled"})
    settings.change({"ACC MODE": "Limited"})
    assert settings.shown("OpeningHours") == "Enabled"
    settings.change({"ACC MODE": "Public"})
    assert settings.shown("OpeningHours") == "Disabled"
    # Unless somebody says what is to be with them, as a backup does.
    settings.change({"ACC MODE": "Private", "OpeningHours": "Enabled"})
    assert settings.shown("OpeningHours") == "Enabled"
    settings.change({"ACC MODE": "Public", "HOURS": "Enabled"})
    assert settings.shown("OpeningHours") == "Enabled"


def test_prices_are_whole_numbers_of_a_thousandth_of_the_currency():
    settings = Settings(MemoryStore())
    for key in ("PRICE KWH", "PRICE HR"):
        for price in (0, 1, 299, 1000000, "250"):
            assert refusal(settings, **{key: price}) == "" and settings.shown(key) == int(price)
        for price in (-1, 1000001, 0.3, "0.3", None, True):
            assert refusal(settings, **{key: price}), price
    assert settings.text("Currency") == "EUR"
    for text in ("CHF", "SEK"):
        assert refusal(settings, Currency=text) == "" and settings.text("Currency") == text
    for text in ("chf", "CH", "EURO", "C F", "€", "ÄÖÜ", ""):
        assert refusal(settings, Currency=text), text


def test_everything_outlives_a_restart_as_it_was_written():
    store = MemoryStore()
    settings = Settings(store)
    shown = {
        "StationText": "Hinter dem Haus, für Gäste",
        "Address": "Bahnhofstraße 1, 8001 Zürich",
        "Latitude": "47.3769",
        "Longitude": "-8.5417",
        "Connector": "Swiss",
        "AccessMode": "Private",
        "PriceKwhMills": 299,
        "Currency": "CHF",
    }
    settings.change(shown)
    settings.save()
    again = Settings(store)
    assert {key: again.shown(key) for key in shown} == shown
    again.change({"Latitude": "", "Longitude": ""})
    again.save()
    again = Settings(store)
    assert (
        again.text("Latitude") == again.text("Longitude") == "" and again.text("Address") == shown["Address"]
    )
