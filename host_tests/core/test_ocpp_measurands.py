"""Lists of measurands: rows B-017 to B-040 by their numbers, and A-20 to A-22."""

from ocpp_local_bench import refused

from ocpp16 import measurands as m

# B-036.
FULL = (
    "Current.Import.L1,Current.Import.L2,Current.Import.L3,Power.Active.Import.L1,Power.Active.Import.L2,"
    "Power.Active.Import.L3,Energy.Active.Import.Register,Voltage.L1-N,Voltage.L2-N,Voltage.L3-N,"
    "Current.Offered,Power.Offered,Frequency"
)


def test_b017_to_b023_each_measurand_has_its_suffixes():
    plain = ("Current.Offered", "Power.Offered", "Frequency", "Temperature")
    phases = ("Current.Import", "Power.Active.Import", "Energy.Active.Import.Register", "Voltage")
    for name in plain + phases:
        assert m.text(m.parse(name)) == name
        for suffix in ("L1", "L2", "L3", "L1-N", "L2-N", "L3-N", "N", "L1-L2", "L4", "l1", "L1-n"):
            item = name + "." + suffix
            allowed = name in phases and len(suffix) == 2 and suffix in ("L1", "L2", "L3")
            if allowed or (name == "Voltage" and suffix in ("L1-N", "L2-N", "L3-N")):
                packed = m.parse(item)
                assert len(packed) == 1 and m.text(packed) == item
                assert m.measurand(packed[0]) == name and m.phase(packed[0]) == suffix
            else:
                assert "cannot have ." + suffix in refused(m.parse, item), item


def test_units():
    names = "Energy.Active.Import.Register,Power.Offered,Current.Offered,Voltage,Frequency,Temperature"
    assert [m.unit(item) for item in m.parse(names)] == ["Wh", "W", "A", "V", "", "Celcius"]


def test_b025_white_space_around_items_does_not_count():
    assert m.text(m.parse(" Current.Import.L1 ,\tVoltage.L1-N\r\n")) == "Current.Import.L1,Voltage.L1-N"
    for text in ("Current. Import", "Current.Import .L1", "Voltage.L1 -N", "Volt age"):
        refused(m.parse, text)


def test_b026_the_longest_measurand_then_its_phase():
    assert m.name(m.parse("Energy.Active.Import.Register.L2")[0]) == "Energy.Active.Import.Register.L2"
    assert "no measurand" in refused(m.parse, "Energy.Active.Import")
    assert "no measurand" in refused(m.parse, "Current.ImportX")


def test_b027_names_are_identifiers_with_dots_between():
    assert "letter" in refused(m.parse, "1Abc")
    assert "letter" in refused(m.parse, "Current.1Import")
    for text in ("A..B", ".A", "A.", "Current.Import.", "Current..Import", "."):
        assert "between its dots" in refused(m.parse, text), text
    for text in ("Cur_rent", "Current-Import", "Strom.Stärke", "A;B"):
        assert "letters, digits and dots" in refused(m.parse, text), text
    for text in ("current.import", "SoC", "Current.Export", "Abc", "Power.Factor"):
        assert "no measurand of this station" in refused(m.parse, text), text


def test_b028_suffixes_that_do_not_belong():
    for text in ("Current.Offered.L1", "Frequency.L1", "Current.Import.L1-N"):
        assert "cannot have" in refused(m.parse, text)


def test_b029_a_list_may_be_empty_but_no_item():
    for text in ("", "  ", "\t"):
        assert m.parse(text) == b""
    for text in (",Frequency", "Frequency,", "Frequency,,Voltage", ",", " , "):
        assert refused(m.parse, text) == "an item is empty"


def test_b030_generic_and_phases_do_not_mix_within_a_measurand():
    for text in ("Current.Import,Current.Import.L1", "Voltage.L1-N,Voltage", "Voltage,Frequency,Voltage.L3"):
        assert "both as a whole and by phase" in refused(m.parse, text)
    assert len(m.parse("Current.Import,Voltage.L1-N")) == 2


def test_b031_nothing_twice():
    assert refused(m.parse, "Current.Import.L1,Current.Import.L1") == "Current.Import.L1 is listed twice"
    assert refused(m.parse, "Frequency, Frequency") == "Frequency is listed twice"


def test_a20_both_names_of_a_voltage_are_no_duplicate():
    assert m.text(m.parse("Voltage.L1,Voltage.L1-N")) == "Voltage.L1,Voltage.L1-N"


def test_b032_phases_need_three_of_them():
    assert "three phases" in refused(m.parse, "Frequency,Current.Import.L1", False)
    assert len(m.parse("Current.Import,Voltage,Frequency", False)) == 3


def test_b034_to_b036_the_examples():
    assert len(m.parse("Energy.Active.Import.Register,Current.Offered")) == 2
    middle = "Current.Import.L1,Current.Import.L2,Current.Import.L3,Current.Offered,Power.Offered"
    assert m.text(m.parse(middle)) == middle
    assert m.text(m.parse(FULL)) == FULL and len(m.parse(FULL)) == 13


def test_b037_the_counterexamples():
    for text in ("Current.Import,Current.Import.L1", "Current.Import.L1,Current.Import.L1"):
        refused(m.parse, text)


def test_the_longest_list_that_there_is():
    items = ["Current.Offered", "Power.Offered", "Frequency", "Temperature"]
    for name in ("Current.Import", "Power.Active.Import", "Energy.Active.Import.Register", "Voltage"):
        items += [name + ".L" + phase for phase in "123"]
    items += ["Voltage.L%s-N" % phase for phase in "123"]
    longest = ",".join(items)
    assert len(m.parse(longest)) == m.ITEMS_MAX and len(longest) <= 500
