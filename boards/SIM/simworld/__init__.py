"""The world around the simulated board, and the parts of the board that touch it."""
