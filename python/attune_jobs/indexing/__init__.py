"""index: every passage of the corpus embedded by the package that will serve."""
