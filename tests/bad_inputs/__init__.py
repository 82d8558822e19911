"""Bad inputs: what is fed to what, and what the user sees."""
