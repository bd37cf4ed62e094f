"""The executor: owns memory, and runs code in sandboxed workers. Knows nothing of compiling and linking."""
