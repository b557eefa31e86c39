"""The way into the network: Wi-Fi, its set-up, the console, and the time."""
