"""The media of a project: taken, uploaded, told."""
