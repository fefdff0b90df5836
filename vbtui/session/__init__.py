"""The backend of this start: link, sign-in, projects, reports."""
