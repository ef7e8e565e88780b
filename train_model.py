"""Train a voice on recordings that are in Coaxial's store: `python train_model.py --help`."""

import sys

from coaxial.cli.train_model import main

if __name__ == "__main__":
    sys.exit(main())
