"""The embedded backend: edits and renders on this machine, behind the same wire as the cloud."""
