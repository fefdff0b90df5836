"""What every room stands on: errors, texts, settings, files, time."""
