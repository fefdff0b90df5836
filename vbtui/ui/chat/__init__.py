"""The conversation's screen."""
