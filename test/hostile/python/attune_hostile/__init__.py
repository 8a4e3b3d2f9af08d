"""Hostile data, archives, models and requests, made from a seed, and a verdict on what comes of each."""
