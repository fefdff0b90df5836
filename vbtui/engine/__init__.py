"""The work, without a screen."""
