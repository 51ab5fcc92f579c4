"""`python -m console`: the `wirewatch` command, where its script is not on the path."""

from console.main import main

main()
