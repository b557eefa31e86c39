"""Meters on the PC: what tools/meters.py serves and reads."""
