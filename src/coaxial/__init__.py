"""Coaxial: recordings in, a Piper voice out."""

__version__ = "0.1.0"
