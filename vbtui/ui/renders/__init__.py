"""The renders screen: the queue of exports."""
