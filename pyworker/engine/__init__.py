"""The engines: each turns one checked request into data. One thread calls them; none knows of the wire."""
