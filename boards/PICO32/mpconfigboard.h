#define MICROPY_HW_BOARD_NAME "microEVSE PICO32"
#define MICROPY_HW_MCU_NAME "ESP32S3"

#define MICROPY_PY_NETWORK_HOSTNAME_DEFAULT "microevse"

// The console is USB; UART0 belongs to the card reader.
#define MICROPY_HW_ENABLE_UART_REPL (0)

// The lock driver is on GPIO47 and GPIO48.
#define MICROPY_HW_ESP32S3_EXTENDED_IO (1)

// An image in the partition "romfs" is mounted at /rom.
#define MICROPY_VFS_ROM (1)

// What the board does not have.
#define MICROPY_PY_BLUETOOTH (0)
#define MICROPY_HW_ENABLE_SDCARD (0)
#define MICROPY_PY_MACHINE_DAC (0)
#define MICROPY_PY_MACHINE_I2S (0)
