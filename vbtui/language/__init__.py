"""What a message asks for: words, clauses, intents, mouse talk."""
