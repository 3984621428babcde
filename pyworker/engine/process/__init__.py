"""The process itself: threads, memory, and the files that carry pictures."""
