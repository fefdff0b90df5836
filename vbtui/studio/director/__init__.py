"""From plain words to operations on the draft."""
