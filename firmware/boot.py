"""Runs before everything else: outputs safe, whatever happened before."""

import board

board.outputs_safe()
