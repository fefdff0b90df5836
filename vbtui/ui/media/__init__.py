"""The media screen: the files of the project."""
