"""What must survive a crash, in SQLite. Records alone are read before the first frame: this loads nothing."""
