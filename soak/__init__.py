"""Long trials of the whole thing: hours on a made-up world of news, and a thousand kills. `python -m soak --help`."""
