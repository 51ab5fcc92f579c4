"""The database: rows, transactions, search and migrations. The only room that knows SQL."""
