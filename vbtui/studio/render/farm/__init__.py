"""Chunks that other machines make, which a Dask scheduler knows.

    studio: turns ──task──► scheduler ──► worker: fetches what it lacks ──HTTP──► the studio's door
              ◄────────────── the encoded chunk ──────────┘

A task is plain data: what ffmpeg is told (`render/recipe`), and the files that it reads by the hashes of their contents.
Texts, photos and LUTs are drawn where the studio is, so a worker needs no fonts: only the same vbtui and an ffmpeg that
makes the same bytes, which is tried before it gets a chunk (`farm/fitness`). `distributed` is imported when a scheduler
is named, not before.
"""
