"""Feeds and folders: where items come from. The only room that fetches or reads watched folders."""
