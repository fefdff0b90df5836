"""What every screen is made of: frame, table, fields, footer, words."""
