"""The schema's history: a database of an earlier release is brought up to date when it is opened."""
