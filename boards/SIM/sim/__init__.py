"""The simulated world, and the bench page that shows and changes it."""
