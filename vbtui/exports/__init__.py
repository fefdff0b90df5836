"""Exports: the render queue, from the key press to the file."""
