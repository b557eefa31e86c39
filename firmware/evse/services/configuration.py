"""What the settings mean: for the core in its units, and for the meters."""

from evse.core.config import Config
from evse.settings import intervals, table
from evse.settings.settings import Settings

_HOSTS = ("MainsHostName", "CircuitHostName", "EVMeterHostName")


def core_config(settings: Settings) -> Config:
    """Return the settings in the core's units."""
    config = Config()
    config.socket = settings.get("Config") == 0
    config.lock_kind = settings.get("Lock")
    config.residual_current_monitor = settings.get("RCmon") == 1
    config.max_temp_c = settings.get("maxTemp")
    config.max_ma = settings.get("MaxCurrent") * 1000
    config.installer_ma = settings.get("InstallerMax") * 1000
    config.minimum_ma = settings.get("StationMin") * 1000
    config.contact2 = settings.get("EnableC2")
    config.one_phase = settings.get("SupplyPhases") == 1
    config.mode = settings.get("Mode")
    if config.mode and settings.get("MinCurrent") > settings.get("StationMin"):
        config.minimum_ma = settings.get("MinCurrent") * 1000
    config.mains_meter = settings.get("MainsMeter") != 0
    config.mains_late = settings.get("MainsMeter") in (table.METER_API, table.METER_HOMEWIZARD)
    config.circuit_meter = settings.get("CircuitMeter") != 0
    config.mains_ma = settings.get("MaxMains") * 1000
    config.circuit_ma = settings.get("MaxCircuit") * 1000
    config.mains_silent_ms = settings.get("MainsTimeout") * 1000
    config.start_ma = settings.get("StartCurrent") * 1000
    config.stop_ms = settings.get("StopTime") * 60000
    config.import_ma = settings.get("ImportCurrent") * 1000
    config.capacity_mode = settings.get("CapacityMode")
    config.capacity_ma = settings.get("MaxSumMains") * 1000
    config.capacity_stop_ms = settings.get("MaxSumMainsTime") * 60000
    config.capacity_intervals = intervals.parse(settings.text("intervals_json"))
    config.peak_w = settings.get("PeakPower")
    config.peak_month = settings.get("PeakMonth")
    config.cable_fixed = settings.get("CableLock") == 1
    config.switch = settings.get("Switch")
    config.remote_fallback = settings.get("RemoteFallback")
    config.shed_active_low = settings.get("ShedPolarity") == 1
    return config


def custom_meter(settings: Settings) -> tuple:
    """Return what the settings of the custom meter say, as `meter_types.custom` takes it."""
    get = settings.get
    return (
        get("EMEndianness"),
        get("EMDataType"),
        get("EMFunction"),
        (get("EMURegister"), get("EMUDivisor")),
        (get("EMIRegister"), get("EMIDivisor")),
        (get("EMPRegister"), get("EMPDivisor")),
        (get("EMERegister"), get("EMEDivisor")),
    )


def configure_meters(metering, settings: Settings) -> None:
    """Let the settings of all meters act; ValueError names the field that is wrong."""
    get = settings.get
    metering.configure(
        mains=(get("MainsMeter"), get("MainsMAddress")),
        circuit=(get("CircuitMeter"), get("CircuitMAddress")),
        ev=(get("EVMeter"), get("EVMeterAddress")),
        custom=custom_meter(settings),
        is_delta=get("Grid") == 1,
        mains_a=get("MaxMains"),
        mains_silent_ms=get("MainsTimeout") * 1000,
        hosts=tuple([settings.text(key) for key in _HOSTS]),
        box_wifi=get("SB2WIFImode"),
    )
