"""Dialogs over any screen."""
