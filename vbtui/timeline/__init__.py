"""The draft, read: timelines, what changed, exact edits, sources."""
