"""`python -m karat`."""

import sys

from karat._cli import main

if __name__ == "__main__":
    sys.exit(main())
