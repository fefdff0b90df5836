"""A project of the studio on disk: media, draft, store."""
