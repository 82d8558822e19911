"""``python -m despin``: the same as the command ``despin``."""

import sys

from despin.cli import main

if __name__ == "__main__":
    sys.exit(main())
