"""A session's memory: system calls, record, and the two together."""
