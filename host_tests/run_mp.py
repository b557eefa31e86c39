"""Run plain test functions under MicroPython: `micropython host_tests/run_mp.py FILE...`.

A test file holds functions `def test_name(): assert ...` without fixtures. They run in the order of the file.
"""

import gc
import sys

# The longer nothing is collected, the longer MicroPython looks for room for whatever it allocates.
COLLECT_BYTES = 1 << 20


class UnsuitableFile(Exception):
    pass


def find_tests(path):
    """Return the names of the test functions of a file, in source order."""
    names = []
    # Read from the text: a module's dictionary has no order under MicroPython.
    with open(path) as file:
        for line in file:
            if line.startswith("class Test"):
                raise UnsuitableFile("test classes do not run here: use plain functions")
            if line.startswith("async def test_"):
                raise UnsuitableFile("async tests do not run here: call asyncio.run in a plain function")
            if line.startswith("def test_"):
                name = line[4 : line.index("(")]
                if name in names:
                    raise UnsuitableFile("two tests are named " + name)
                names.append(name)
    if not names:
        raise UnsuitableFile("no test functions")
    return names


def load(path):
    """Import a file by its path, its folder first on the import path."""
    folder, _, file = path.rpartition("/")
    name = file[:-3]
    sys.modules.pop(name, None)
    sys.path.insert(0, folder or ".")
    try:
        return __import__(name)
    finally:
        sys.path.pop(0)
        # Another lane may have a file of the same name.
        sys.modules.pop(name, None)


def report(path, name, error):
    """Print one failure with its traceback."""
    print("FAILED " + path + "::" + name)
    sys.print_exception(error)


def run_file(path):
    """Run the tests of one file and return how many passed and how many failed."""
    passed = failed = 0
    try:
        names = find_tests(path)
        module = load(path)
    except Exception as error:
        report(path, "(import)", error)
        return 0, 1
    for name in names:
        try:
            getattr(module, name)()
            passed += 1
        except (Exception, SystemExit) as error:
            report(path, name, error)
            failed += 1
    return passed, failed


def run(paths):
    """Run the tests of all files, print the closing line, return how many failed."""
    passed = failed = 0
    for path in paths:
        file_passed, file_failed = run_file(path)
        passed += file_passed
        failed += file_failed
    print("%d passed, %d failed" % (passed, failed))
    return failed


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("usage: micropython host_tests/run_mp.py FILE...")
        sys.exit(2)
    # The other lane measures its heap by itself.
    if all("/core/" in path for path in sys.argv[1:]):
        gc.threshold(COLLECT_BYTES)
    sys.exit(1 if run(sys.argv[1:]) else 0)
