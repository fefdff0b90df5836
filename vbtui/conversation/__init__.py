"""The conversation: turns, their queue, stream, recovery and receipts."""
