"""A folder whose new files are taken as soon as they are whole."""
