"""Turn clips into a finished video from a terminal."""

__version__ = "0.1.0"
