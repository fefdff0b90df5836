"""The screens: chat, media, timeline, renders, and the dialogs over them."""
