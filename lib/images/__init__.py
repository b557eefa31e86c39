"""Pictures of any size for a small colour display: JPEG, PNG and GIF become 32x32 frames, in bounded memory.

`images.convert` recognises and converts; `images.frames` tells what a converted file holds. Nothing here knows what
a charger is, and nothing waits: a conversion is a generator whose every step is short.
"""
