"""The rows of the settings table, as one text: it stays in flash, and a row takes memory only while it is looked at.

A line is `key|label|kind|default|range|unit|choices|available|visible|who|effect|check|help`.

    kind       i integer, c choice, t text, h hidden integer of the firmware itself
    range      low..high, of a text its length; `/5` behind it is the step of menus, `0=word` also allows 0
    choices    the stored value is the place here plus the low end of a range; the order never changes
    available  places of the choices that this firmware can carry out; `-` only the default yet, `!` only ever
    visible    condition of the menu, see conditions.py; empty is always, `@Key` is as that row
    who        u user at the station, r remote (MQTT, REST, OCPP), i installer; empty is all of them
    effect     empty is at once, r after a restart
    check      name of a check of a text

`*` in choices is the list of meters. Keys and labels: SmartEVSE v3 sheet, section 6; those below NAME from the Pico
rows. The meters can be chosen without Smart or Solar, because these modes are refused without one.
"""

# Meter types by stored index (SmartEVSE v3 sheet, section 5.2).
METERS = (
    "Disabled,Sensorbox,Phoenix C,Finder 7E,Eastron3P,InvEastrn,ABB,SolarEdge,WAGO,API,Eastron1P,Finder 7M,"
    "Sinotimer,Homewizrd,Schneider,Chint 3P,C.Gavazzi,Chint 1P,Unused 4,Custom"
)

TEXT = (
    "Mode|MODE|c|0|||Normal,Smart,Solar||||||How the charging current is decided.\n"
    "Config|CONFIG|c|0|||Socket,Fixed|||ui|||Socket with a loose cable, or a fixed cable.\n"
    "Lock|LOCK|c|0|||Disabled,Solenoid,Motor||Config=0|ui|||Actuator that locks the cable in the socket.\n"
    "LoadBl|PWR SHARE|c|0|||Disabled,Master,Node 1,Node 2,Node 3,Node 4,Node 5,Node 6,Node 7|-||ui|||"
    "Share one supply with other stations: one master, the others nodes.\n"
    "MainsMeter|MAINS MET|c|0|||*|0,1,2,3,4,5,6,7,8,9,10,11,12,14,15,16,17,19|LoadBl<2||||"
    "Meter of the house connection.\n"
    "Grid|GRID|c|0|||4Wire,3Wire||MainsMeter=1&LoadBl<2|ui|||Star or delta grid, for a Sensorbox with clamps.\n"
    "SB2WIFImode|SB2 WIFI|c|0|||Disabled,Enabled,SetupWifi|-|MainsMeter=1&LoadBl<2||||Wi-Fi of a Sensorbox 2.\n"
    "MainsMAddress|MAINS ADR|i|10|10..247||||MainsMeter!=0,1,9,13&LoadBl<2||||Modbus address of the mains meter.\n"
    "MainsHostName|MAINS HST|t||0..63|||-|MainsMeter=13&LoadBl<2||||Name of the mains meter in the network.\n"
    "MainsTimeout|MAINS TMO|i|11|11..3600|s|||MainsMeter!=0&LoadBl<2||||"
    "The mains meter is missed after so long without data.\n"
    "CircuitMeter|CIRCT MET|c|0|||*|0,2,3,4,5,6,7,8,9,10,11,12,14,15,16,17,19|Mode!=0&LoadBl<2||||"
    "Meter of the circuit of the station.\n"
    "CircuitMAddress|CIRCT ADR|i|13|10..247||||Mode!=0&CircuitMeter!=0,9,13&LoadBl<2||||"
    "Modbus address of the circuit meter.\n"
    "CircuitHostName|CIRCT HST|t||0..63|||-|Mode!=0&CircuitMeter=13&LoadBl<2||||"
    "Name of the circuit meter in the network.\n"
    "MaxCircuit|CIRCUIT|i|16|10..200|A|||Mode!=0&CircuitMeter!=0&LoadBl<2/Mode!=0&LoadBl=1||||"
    "Highest current per phase of the circuit.\n"
    "EVMeter|EV METER|c|0|||*|0,2,3,4,5,6,8,9,10,11,12,14,15,16,17,19|||||Meter of the charging current.\n"
    "EVMeterAddress|EV ADDR|i|12|11..247||||EVMeter!=0,9,13||||Modbus address of the EV meter.\n"
    "EVMeterHostName|EV HST|t||0..63|||-|EVMeter=13||||Name of the EV meter in the network.\n"
    "EMEndianness|BYTE ORD|c|0|||LBF & LWF,LBF & HWF,HBF & LWF,HBF & HWF||"
    "MainsMeter=19&LoadBl<2/CircuitMeter=19&LoadBl<2/EVMeter=19&LoadBl<2||||"
    "Custom meter: low or high byte and word first.\n"
    "EMDataType|DATA TYPE|c|0|||INT32,FLOAT32,INT16||@EMEndianness||||Custom meter: type of its values.\n"
    "EMFunction|FUNCTION|c|4|3..4||3:Hold. Reg,4:Input Reg||@EMEndianness||||"
    "Custom meter: Modbus function that reads it.\n"
    "EMURegister|VOL REGI|i|0|0..65530||||@EMEndianness||||Custom meter: register of the voltage.\n"
    "EMUDivisor|VOL DIVI|i|0|0..7||||@EMEndianness||||Custom meter: power of ten that divides it to V.\n"
    "EMIRegister|CUR REGI|i|0|0..65530||||@EMEndianness||||Custom meter: register of the current.\n"
    "EMIDivisor|CUR DIVI|i|0|0..7||||@EMEndianness||||Custom meter: power of ten that divides it to A.\n"
    "EMPRegister|POW REGI|i|0|0..65534||||@EMEndianness||||Custom meter: register of the power.\n"
    "EMPDivisor|POW DIVI|i|0|0..7||||@EMEndianness||||Custom meter: power of ten that divides it to W.\n"
    "EMERegister|ENE REGI|i|0|0..65534||||@EMEndianness||||Custom meter: register of the energy.\n"
    "EMEDivisor|ENE DIVI|i|0|0..7||||@EMEndianness||||Custom meter: power of ten that divides it to kWh.\n"
    "MaxMains|MAINS|i|25|10..200|A|||MainsMeter!=0&LoadBl<2||||Highest current per phase of the house connection.\n"
    "MinCurrent|MIN|i|6|6..16|A|||@MaxMains||||Lowest charging current per phase in Smart and Solar.\n"
    "MaxCurrent|MAX|i|13|6..80|A|||||||Highest charging current per phase.\n"
    "StartCurrent|START|i|4|0..48|A|||Mode=2&LoadBl<2||||Solar: charging starts when so much is exported in all.\n"
    "StopTime|STOP|i|10|0..60|min|||@StartCurrent||||Solar: too little sun for so long stops; 0 never stops.\n"
    "ImportCurrent|IMPORT|i|0|0..48|A|||@StartCurrent||||Solar: so much may come from the grid in all.\n"
    "EnableC2|CONTACT 2|c|3|||Not present,Always Off,Solar Off,Always On,Auto||Mode!=0||||"
    "What the second contactor, for L2 and L3, does.\n"
    "Switch|SWITCH|c|0|||Disabled,Access B,Access S,Sma-Sol B,Sma-Sol S,Grid Relay,Custom B,Custom S|0,5|||||"
    "What the switch input does.\n"
    "LedMode|LED MODE|c|0|||Standard,Public|-|||||Colours of the light: by mode, or those of a public station.\n"
    "RCmon|RCMON|c|0|||Disabled,Enabled|||ui|||Residual-current device on its input.\n"
    "RFIDReader|RFID|c|0|||Disabled,EnableAll,EnableOne,Learn,Delete,DeleteAll,Rmt/OCPP|-|||||"
    "What a card at the reader does.\n"
    "WIFImode|WIFI|c|0|||Disabled,Enabled,SetupWifi|-|||r||Wi-Fi of the station.\n"
    "AutoUpdate|AUTOUPDAT|c|0|||Disabled,Enabled|-|WIFImode=1||||Install new releases while no car is plugged in.\n"
    "AppPin|APP PIN|c|0|||Disabled|!|never||||Pairing with the app of the vendor, whose cloud is not used.\n"
    "MQTTSmartServer|APP SERVR|c|0|||Disabled,Enabled|!|never||||Cloud of the vendor, which is not used.\n"
    "maxTemp|MAX TEMP|i|65|40..75|degC||||ui|||Charging stops at this temperature.\n"
    "CapacityMode|CAP MODE|c|0|||Disabled,Fixed,Interval,Flanders||MainsMeter!=0&LoadBl<2||||"
    "How the capacity tariff limits the house connection.\n"
    "MaxSumMains|CAPACITY|i|0|0=Disabled,10..600|A|||MainsMeter!=0&CapacityMode=0,1&LoadBl<2||||"
    "Highest sum of the phases of the house connection.\n"
    "MaxSumMainsTime|CAP STOP|i|0|0..60|min|||MainsMeter!=0&CapacityMode!=0&LoadBl<2||||"
    "Too much at minimum is borne for so long.\n"
    "intervals_json|INTERVALS|t|[]|0..600||||MainsMeter!=0&CapacityMode=2&LoadBl<2|||intervals|"
    'Power by time of day, as [{"start": minute, "power": W}, ...].\n'
    "LCDPin|LCD PIN|i|0|0..9999|||-||ui|||Four digits that open the menu; 0 leaves it open.\n"
    "StationName|NAME|t|microEVSE|1..32|||||||plain|Name of the station, shown on its pages.\n"
    "InstallerMax|INST MAX|i|32|6..80|A||||i|||Limit of the installation; nothing exceeds it.\n"
    "StationMin|STAT MIN|i|6|6..32|A|||||||Less than this is not offered; the car waits.\n"
    "ShedPolarity|SHED POL|c|0|||Active high,Active low|||ui|||"
    "Whether voltage on IN1 and IN2 demands shedding, or its absence.\n"
    "Auth|AUTH|c|0|||None,RFID,Backend|-|||||Who allows charging: nobody has to, a card, or the back end.\n"
    "CarId|CAR ID|c|0|||Disabled,Enabled|-|||||Tell the car by what it says of itself.\n"
    "CableLock|FIX LOCK|c|0|||Disabled,Enabled|-|Config=0&Lock!=0||||Keep the cable locked for ever.\n"
    "Brightness|BRIGHT|i|120|0..255/15|||-|||||Brightness of the display.\n"
    "IdlePicture|IDLE PIC|c|0|||Bolt,Car,Sun,Dots,Own picture|-|||||What the display shows while no car is there.\n"
    "OcppMode|OCPP|c|0|||Disabled,Enabled|-|||||Connection to a back end.\n"
    "OcppUrl|OCPP URL|t||0..200|||-|OcppMode=1|||url|Address of the back end, ws:// or wss://.\n"
    "ModbusTcp|MODBUSTCP|c|0|||Disabled,Enabled|-|||||Modbus server in the network, at port 502.\n"
    "TimezoneInfo|TIMEZONE|t|UTC0|4..60|||-||||timezone|Local time, as CET-1CEST,M3.5.0,M10.5.0/3.\n"
    "Access||h|1|0..2||||||||Access status at the last power-down.\n"
    "CardOffs16||h|0|0..65535||||||||Offset of the card numbers of the reader.\n"
    "LCDlock||h|0|0..1||||||||Buttons of the display are locked.\n"
    "DelayedStartTim||h|0|0..999999999|s|||||||Start of delayed charging, since 2023-01-01 UTC.\n"
    "DelayedStopTime||h|0|0..999999999|s|||||||End of delayed charging, since 2023-01-01 UTC.\n"
    "DelayedRepeat||h|0|0..1||||||||Delayed charging every day.\n"
    "PeakPower||h|2500|2500..200000|W|||||||Highest quarter-hour average of the month.\n"
    "PeakMonth||h|0|0..12||||||||Month of that average.\n"
)
