"""The client of the agent API: one method per endpoint. The only room that knows httpx."""
