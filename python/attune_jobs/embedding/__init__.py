"""embed: texts of any corpus, embedded by a package for whoever wants the vectors."""
