"""The timeline screen: what the video is made of."""
