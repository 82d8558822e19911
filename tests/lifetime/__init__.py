"""One repairer under many threads, in other processes, over many calls, and interrupted."""
