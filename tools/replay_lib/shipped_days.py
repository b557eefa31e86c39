"""The shipped days: what is at home, what the sky is like, and who charges. Everything follows from these rows."""

from dataclasses import dataclass, field

from replay_lib.day import Battery


@dataclass(frozen=True)
class Sun:
    """A roof: sky is clear, broken or overcast; phases that the inverter feeds; hours of sunrise and sunset."""

    sky: str
    peak_w: int
    phases: int
    rise_h: float = 5.5
    set_h: float = 21.5


@dataclass(frozen=True)
class DayRow:
    """One day; loads are (appliance, phase or None, HH:MM or "", more arguments)."""

    title: str
    seed: int
    phases: int
    loads: tuple[tuple, ...]
    settings: dict[str, str]
    car: str
    plugs: tuple[tuple[str, str], ...]
    sun: Sun | None = None
    battery: Battery | None = None
    needs_wh: int | None = None
    date: str = "2025-06-21"
    base_w: tuple[int, ...] = field(default=(180, 120, 80))


DAYTIME = (("08:10", "18:40"),)
EVENING = (("00:00", "07:20"), ("17:05", "24:00"))
ALL_DAY = (("00:00", "24:00"),)

BREAKFAST_1P = (("kettle", 0, "07:02"), ("kettle", 0, "07:31"), ("microwave", 0, "07:10"))
DINNER_1P = (
    ("oven", 0, "17:40", 55, 2300),
    ("hob", 0, "18:05", 35, 1800),
    ("kettle", 0, "17:52"),
    ("dishwasher", 0, "19:20"),
    ("kettle", 0, "20:31"),
)
BREAKFAST_3P = (("kettle", 1, "06:55"), ("kettle", 1, "07:25"), ("microwave", 2, "07:08"))
DINNER_3P = (
    ("oven", 0, "17:35", 60, 3500),
    ("hob", 1, "17:55", 40, 2200),
    ("hob", 2, "18:00", 30, 1800),
    ("kettle", 1, "17:48"),
    ("kettle", 1, "20:40"),
    ("dishwasher", 2, "19:25"),
)
WASHDAY_3P = (("washer", 2, "09:40"), ("dryer", 2, "11:55"), ("washer", 2, "13:10"))
FRIDGE = (("fridge", 0, ""),)
FRIDGES = (("fridge", 0, ""), ("fridge", 1, "", 110))

SOLAR_1P = {"MODE": "Solar", "MAINS": "25", "MAX": "16", "CONTACT 2": "Always Off"}
SOLAR_3P = {"MODE": "Solar", "MAINS": "25", "MAX": "16", "CONTACT 2": "Auto"}
SMART_1P = {"MODE": "Smart", "MAINS": "25", "MAX": "16", "CONTACT 2": "Always Off"}
SMART_3P = {"MODE": "Smart", "MAINS": "25", "MAX": "16", "CONTACT 2": "Always On"}

DAYS = {
    "clear_1p": DayRow(
        "Clear sky, one phase", 101, 1, FRIDGE + BREAKFAST_1P + DINNER_1P,
        {**SOLAR_1P, "MAX": "20"}, "one32", DAYTIME, Sun("clear", 5200, 1),
    ),
    "clear_3p": DayRow(
        "Clear sky, three phases, washing", 102, 3, FRIDGES + BREAKFAST_3P + WASHDAY_3P + DINNER_3P,
        SOLAR_3P, "three16", DAYTIME, Sun("clear", 9500, 3),
    ),
    "clouds_1p": DayRow(
        "Broken clouds, one phase", 103, 1, FRIDGE + BREAKFAST_1P + (("washer", 0, "10:20"),) + DINNER_1P,
        SOLAR_1P, "one16", DAYTIME, Sun("broken", 5800, 1),
    ),
    "clouds_3p": DayRow(
        "Broken clouds, three phases", 104, 3, FRIDGES + BREAKFAST_3P + WASHDAY_3P + DINNER_3P,
        SOLAR_3P, "three16", DAYTIME, Sun("broken", 11000, 3),
    ),
    "overcast_3p": DayRow(
        "Overcast, three phases", 105, 3, FRIDGES + BREAKFAST_3P + DINNER_3P,
        SOLAR_3P, "three16", DAYTIME, Sun("overcast", 13000, 3),
    ),
    "spring_heat_pump_3p": DayRow(
        "Sun and heat pump in April, broken clouds", 106, 3,
        FRIDGES + BREAKFAST_3P + (("heat_pump", None, "", 6),) + DINNER_3P,
        {**SOLAR_3P, "IMPORT": "2"}, "two16", DAYTIME, Sun("broken", 10000, 3, 6.6, 20.4), date="2025-04-12",
    ),
    "battery_clear_3p": DayRow(
        "Home battery of 10 kWh, clear sky", 107, 3, FRIDGES + BREAKFAST_3P + WASHDAY_3P + DINNER_3P,
        SOLAR_3P, "three16", DAYTIME, Sun("clear", 10500, 3), Battery(10000, 5000, 1500),
    ),
    "battery_clouds_1p": DayRow(
        "Home battery of 5 kWh, broken clouds, one phase", 108, 1, FRIDGE + BREAKFAST_1P + DINNER_1P,
        SOLAR_1P, "one32", DAYTIME, Sun("broken", 5600, 1), Battery(5000, 2500, 800, 2),
    ),
    "dinner_3p": DayRow(
        "Dinner while the car charges, three phases", 109, 3, FRIDGES + BREAKFAST_3P + DINNER_3P,
        {**SMART_3P, "MAX": "32"}, "three32", EVENING, date="2025-10-08",
    ),
    "dinner_1p": DayRow(
        "Dinner while the car charges, one phase of 40 A", 110, 1, FRIDGE + BREAKFAST_1P + DINNER_1P,
        {**SMART_1P, "MAINS": "40", "MAX": "32"}, "one32", EVENING, date="2025-10-09",
    ),
    "small_1p": DayRow(
        "One phase of 25 A, washing and an oven", 111, 1,
        FRIDGE + BREAKFAST_1P + (("washer", 0, "18:50"), ("oven", 0, "17:45", 40, 2300), ("kettle", 0, "20:15")),
        {**SMART_1P, "MAX": "20"}, "one32", EVENING, date="2025-11-03",
    ),
    "heat_pump_3p": DayRow(
        "Heat pump all winter day, oven at dinner", 112, 3,
        FRIDGES + BREAKFAST_3P + (("heat_pump", None, "", 7),) + DINNER_3P + (("boiler", 1, "22:30", 80, 2500),),
        SMART_3P, "three16", EVENING, date="2025-01-15",
    ),
    "slow_car_3p": DayRow(
        "A car that follows late, dinner and dryer", 113, 3,
        FRIDGES + BREAKFAST_3P + DINNER_3P + (("dryer", 0, "20:05"),),
        SMART_3P, "three16slow", EVENING, date="2025-09-19",
    ),
    "capacity_3p": DayRow(
        "Fixed capacity of 35 A in all", 114, 3, FRIDGES + BREAKFAST_3P + WASHDAY_3P + DINNER_3P,
        {**SMART_3P, "CAP MODE": "Fixed", "CAPACITY": "35", "CAP STOP": "5"}, "three16", ALL_DAY,
        date="2025-03-06",
    ),
    "flanders_3p": DayRow(
        "Flemish capacity tariff, dinner and washing", 115, 3, FRIDGES + BREAKFAST_3P + WASHDAY_3P + DINNER_3P,
        {**SMART_3P, "CAP MODE": "Flanders", "CONTACT 2": "Always Off", "CAP STOP": "3"}, "one16", EVENING,
        date="2025-02-01",
    ),
    "weekend_3p": DayRow(
        "At home all day, sun of a winter roof, Smart", 116, 3,
        FRIDGES + BREAKFAST_3P + WASHDAY_3P + (("hob", 1, "12:10", 30, 2200),) + DINNER_3P,
        {**SMART_3P, "MAX": "25"}, "three32", ALL_DAY, Sun("broken", 6000, 3, 8.0, 17.5), date="2025-02-22",
        needs_wh=90000,
    ),
}  # fmt: skip
