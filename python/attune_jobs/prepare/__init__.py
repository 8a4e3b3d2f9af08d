"""From a user's pairs, BEIR folders or documents to leak-free splits. Imports no torch."""
