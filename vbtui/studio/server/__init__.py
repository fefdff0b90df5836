"""The studio's HTTP server: the wire's other side."""
