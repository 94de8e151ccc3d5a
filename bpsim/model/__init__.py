"""What a process is: resolved, frozen, nothing implied."""
