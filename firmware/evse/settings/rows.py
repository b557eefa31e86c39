"""The rows of the settings table, as one text: it stays in flash, and a row takes memory only while it is looked at.

A line is `key|label|kind|default|range|unit|choices|available|flags|help`. Kinds: i integer, c choice, t text,
h hidden. The stored value of a choice is its place in `choices`, whose order never changes, plus the low end of
the range where there is one. `0=word` in the range allows 0 with that meaning. `available` lists the choices that
this firmware can carry out, `*` stands for the list of meters. Flag i: only the installer may write it.

Keys and menu labels: SmartEVSE v3 sheet, section 6; INST MAX, STAT MIN and SHED POL from the Pico rows.
"""

# Meter types by stored index (SmartEVSE v3 sheet, section 5.2).
METERS = (
    "Disabled,Sensorbox,Phoenix C,Finder 7E,Eastron3P,InvEastrn,ABB,SolarEdge,WAGO,API,Eastron1P,Finder 7M,"
    "Sinotimer,Homewizrd,Schneider,Chint 3P,C.Gavazzi,Chint 1P,Unused 4,Custom"
)

TEXT = (
    "Mode|MODE|c|0|||Normal,Smart,Solar|||How the charging current is decided.\n"
    "Config|CONFIG|c|0|||Socket,Fixed|||Socket with a loose cable, or a fixed cable.\n"
    "Lock|LOCK|c|0|||Disabled,Solenoid,Motor|||Actuator that locks the cable in the socket.\n"
    "MainsMeter|MAINS MET|c|0|||*|0,1,2,3,4,5,6,7,8,9,10,11,12,14,15,16,17,19||Meter of the house connection.\n"
    "Grid|GRID|c|0|||4Wire,3Wire|||Star or delta grid, for a Sensorbox with clamps.\n"
    "MainsMAddress|MAINS ADR|i|10|10..247|||||Modbus address of the mains meter.\n"
    "MainsTimeout|MAINS TMO|i|11|11..3600|s||||The mains meter is missed after so long without data.\n"
    "CircuitMeter|CIRCT MET|c|0|||*|0,2,3,4,5,6,7,8,9,10,11,12,14,15,16,17,19||Meter of the circuit of the station.\n"
    "CircuitMAddress|CIRCT ADR|i|13|10..247|||||Modbus address of the circuit meter.\n"
    "MaxCircuit|CIRCUIT|i|16|10..200|A||||Highest current per phase of the circuit.\n"
    "EVMeter|EV METER|c|0|||*|0,2,3,4,5,6,8,9,10,11,12,14,15,16,17,19||Meter of the charging current.\n"
    "EVMeterAddress|EV ADDR|i|12|11..247|||||Modbus address of the EV meter.\n"
    "EMEndianness|BYTE ORD|c|0|||LBF & LWF,LBF & HWF,HBF & LWF,HBF & HWF|||"
    "Custom meter: low or high byte and word first.\n"
    "EMDataType|DATA TYPE|c|0|||INT32,FLOAT32,INT16|||Custom meter: type of its values.\n"
    "EMFunction|FUNCTION|c|4|3..4||3:Hold. Reg,4:Input Reg|||Custom meter: Modbus function that reads it.\n"
    "EMURegister|VOL REGI|i|0|0..65534|||||Custom meter: register of the voltage.\n"
    "EMUDivisor|VOL DIVI|i|0|0..7|||||Custom meter: power of ten that divides it to V.\n"
    "EMIRegister|CUR REGI|i|0|0..65534|||||Custom meter: register of the current.\n"
    "EMIDivisor|CUR DIVI|i|0|0..7|||||Custom meter: power of ten that divides it to A.\n"
    "EMPRegister|POW REGI|i|0|0..65534|||||Custom meter: register of the power.\n"
    "EMPDivisor|POW DIVI|i|0|0..7|||||Custom meter: power of ten that divides it to W.\n"
    "EMERegister|ENE REGI|i|0|0..65534|||||Custom meter: register of the energy.\n"
    "EMEDivisor|ENE DIVI|i|0|0..7|||||Custom meter: power of ten that divides it to kWh.\n"
    "MaxMains|MAINS|i|25|10..200|A||||Highest current per phase of the house connection.\n"
    "MinCurrent|MIN|i|6|6..16|A||||Lowest charging current per phase in Smart and Solar.\n"
    "MaxCurrent|MAX|i|13|6..80|A||||Highest charging current per phase.\n"
    "StartCurrent|START|i|4|0..48|A||||Solar: charging starts when so much is exported in all.\n"
    "StopTime|STOP|i|10|0..60|min||||Solar: too little sun for so long stops; 0 never stops.\n"
    "ImportCurrent|IMPORT|i|0|0..48|A||||Solar: so much may come from the grid in all.\n"
    "EnableC2|CONTACT 2|c|3|||Not present,Always Off,Solar Off,Always On,Auto|||"
    "What the second contactor, for L2 and L3, does.\n"
    "Switch|SWITCH|c|0|||Disabled,Access B,Access S,Sma-Sol B,Sma-Sol S,Grid Relay,Custom B,Custom S|0,5||"
    "What the switch input does.\n"
    "RCmon|RCMON|c|0|||Disabled,Enabled|||Residual-current device on its input.\n"
    "maxTemp|MAX TEMP|i|65|40..75|degC||||Charging stops at this temperature.\n"
    "CapacityMode|CAP MODE|c|0|||Disabled,Fixed,Interval,Flanders|||"
    "How the capacity tariff limits the house connection.\n"
    "MaxSumMains|CAPACITY|i|0|0=Disabled,10..600|A||||Highest sum of the phases of the house connection.\n"
    "MaxSumMainsTime|CAP STOP|i|0|0..60|min||||Too much at minimum is borne for so long.\n"
    "intervals_json|INTERVALS|t|[]|0..600||||intervals|"
    'Power by time of day, as [{"start": minute, "power": W}, ...].\n'
    "ShedPolarity|SHED POL|c|0|||Active high,Active low|||"
    "Whether voltage on IN1 and IN2 demands shedding, or its absence.\n"
    "InstallerMax|INST MAX|i|32|6..80|A|||i|Limit of the installation; nothing exceeds it.\n"
    "StationMin|STAT MIN|i|6|6..32|A||||Less than this is not offered; the car waits.\n"
    "Access||h|1|0..2|||||Access status at the last power-down.\n"
    "PeakPower||h|2500|2500..200000|W||||Highest quarter-hour average of the month.\n"
    "PeakMonth||h|0|0..12|||||Month of that average."
)
