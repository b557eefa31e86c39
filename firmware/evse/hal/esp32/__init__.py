"""The parts of a board on ESP32: the only place that imports machine, esp32 and network."""
