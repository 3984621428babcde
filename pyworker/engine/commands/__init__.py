"""One file a wire command: from a checked payload to the `data` of its reply."""
