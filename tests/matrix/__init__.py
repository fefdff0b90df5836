"""Every kind of file that this ffmpeg can make, rendered in pairs."""
