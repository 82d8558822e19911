"""The whole inference in plain Python, to be read as its specification; the compiled core is held equal to it."""
