#define MICROPY_HW_BOARD_NAME "microEVSE on SmartEVSE v3"
#define MICROPY_HW_MCU_NAME "ESP32"

#define MICROPY_PY_NETWORK_HOSTNAME_DEFAULT "microevse"

// The console is UART0 on the CP2102N.
#define MICROPY_HW_ENABLE_UART_REPL (1)

// An image in the partition "romfs" is mounted at /rom.
#define MICROPY_VFS_ROM (1)

// What the board does not have; 1728 kB per OTA slot is all there is.
#define MICROPY_PY_BLUETOOTH (0)
#define MICROPY_HW_ENABLE_SDCARD (0)
#define MICROPY_PY_MACHINE_DAC (0)
#define MICROPY_PY_MACHINE_I2S (0)
