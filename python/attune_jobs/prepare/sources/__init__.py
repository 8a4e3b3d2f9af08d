"""One reader per form of data; each fills a `Collection`."""
