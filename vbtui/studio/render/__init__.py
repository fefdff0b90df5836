"""From the draft to a video file, with ffmpeg."""
