"""The sample project's footage."""
