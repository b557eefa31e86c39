"""Make the outputs safe before the station starts; this is /boot.py of a deployed board."""

import sys

sys.path[:] = [".frozen", "/rom", "/lib"]
try:
    # This file is __main__; what is imported here comes from the image.
    import boot  # noqa: F401
except Exception as error:
    sys.print_exception(error)
    import machine

    # A soft reset leaves the pins as they were; a hard reset lets the pull-downs open the contactors.
    if machine.reset_cause() == machine.SOFT_RESET:
        machine.reset()
