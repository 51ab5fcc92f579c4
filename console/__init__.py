"""What people type: the `wirewatch` command."""
