"""The flows that join the rooms."""
