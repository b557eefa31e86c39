"""What the displays show: one screen model, a renderer for each kind of display, and the task that runs them."""
