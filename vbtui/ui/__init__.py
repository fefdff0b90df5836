"""The Textual app: shows what the engine says and asks it for things."""
