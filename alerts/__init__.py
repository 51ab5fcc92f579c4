"""Hits in, messages out: what a channel is told, and what became of it."""
