"""What this machine makes for a project of another backend: renders and pictures."""
