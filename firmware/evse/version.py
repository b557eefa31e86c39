"""Which firmware this is; the image builder fills in what only it knows."""

VERSION = "0.1.0"
BUILD_DATE = ""
COMMIT = ""
BOARD = ""
