"""python -m tinygrad_rnn is tinygrad-rnn."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
