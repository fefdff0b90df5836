"""Pictures in a terminal: decoded in threads, kept on disk, drawn in half blocks.

`Gallery` makes them, `PictureView` shows them, `host` says how. Pillow, PyAV and textual-image are
imported when the first picture is asked for.
"""
