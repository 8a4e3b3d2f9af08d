"""Fits the base model to the prepared pairs and lays the result out ready to deploy."""
