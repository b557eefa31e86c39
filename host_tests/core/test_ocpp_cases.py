"""Every certification case has one test that exists, or a reason why it does not apply."""

import os

import ocpp_cases

FOLDER = __file__.rpartition("/")[0] or "."
# Of the public list, by its groups.
NUMBERS = """
001 002 003 004_1 004_2 005_1 005_2 005_3 068 069 007_1 007_2 061_1 061_2 010 011_1 011_2 012 013 014 015 016
017_1 017_2 018_1 018_2 019 021 070 071 023_4 023_5 024 026 027 028 030 031 032_1 032_2 034 036 037_1 037_2 037_3
038 039 040_1 040_2 041 008_1 008_2 042_1 042_2 043 043_1 043_2 043_3 044_1 044_2 044_3 045_1 045_2 046_1 046_2 047
048_1 048_2 048_3 048_4 049 050_1 050_2 050_3 050_4 051 052 053_1 053_2 054 055 056 057 058_1 058_2 059 060 066 067
072 082 062 073 074 075_1 075_2 076 077 078 079 080 081 083 084 085 086 087
"""


def names_in(file):
    """Return the names of the test functions of a file."""
    with open(FOLDER + "/" + file) as lines:
        return [line[4 : line.index("(")] for line in lines if line.startswith("def test_")]


def number_of(name):
    """Return the number of the case that a test function is for, "" for none."""
    words = name.split("_")
    if words[1] != "tc" or len(words[2]) != 3:
        return ""
    return (
        words[2] + "_" + words[3]
        if len(words) > 3 and len(words[3]) == 1 and words[3].isdigit()
        else words[2]
    )


def test_the_table_has_each_case_once():
    numbers = [row[0] for row in ocpp_cases.rows()]
    assert len(numbers) == 107 and sorted(numbers) == sorted(NUMBERS.split())
    functions = [row[1:] for row in ocpp_cases.rows() if row[1] != "-"]
    assert len(set(functions)) == len(functions)


def test_every_case_has_its_test_or_a_reason():
    for number, file, what in ocpp_cases.rows():
        if file == "-":
            assert len(what) > 20, number
        else:
            assert number_of(what) == number, what
            assert names_in(file + ".py").count(what) == 1, what


def test_tests_are_named_after_cases_that_there_are():
    seen = 0
    for file in os.listdir(FOLDER):
        if file.startswith("test_ocpp_") and file.endswith(".py"):
            for name in names_in(file):
                if number_of(name):
                    assert number_of(name) in NUMBERS.split(), (file, name)
                    seen += 1
    assert seen >= 107
