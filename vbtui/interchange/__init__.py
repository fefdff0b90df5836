"""The timeline as files that other programs read.

    DraftVersion ──pieces──► cuts in frames ──otio──► OpenTimelineIO ──► .otio, .edl, .xml
                └─srt──► .srt
    the local studio ──rebuild──► <name>-rebuild/

Files are named by paths relative to what is written. What a format cannot carry is said in
sentences. Nothing here is imported before it is used, `opentimelineio` (the `otio` extra) least.
"""
