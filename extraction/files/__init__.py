"""Files of every kind: which format bytes are in, what a document says, and what an archive holds."""
