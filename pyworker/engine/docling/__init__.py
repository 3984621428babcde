"""Docling's pipelines: which profile runs, its packages and its model files."""
