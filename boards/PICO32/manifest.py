metadata(description="microEVSE for PICO32")

# What the ESP32 port freezes itself.
include("$(PORT_DIR)/boards/manifest.py")

# opt=2 drops asserts and keeps line numbers.
package("evse", base_path="$(BOARD_DIR)/../../firmware", opt=2)
module("boot.py", base_path="$(BOARD_DIR)/../../firmware", opt=2)
module("main.py", base_path="$(BOARD_DIR)/../../firmware", opt=2)
module("board.py", base_path="$(BOARD_DIR)", opt=2)
# All of lib, so that a new package need not be named here.
freeze("$(BOARD_DIR)/../../lib", opt=2)
# Installed by `make setup` with the version of requirements/mplib.txt.
package("microdot", base_path="$(BOARD_DIR)/../../build/mplib", opt=2)
