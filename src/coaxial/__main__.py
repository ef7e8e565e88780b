"""`python -m coaxial`: the `coaxial` command."""

import sys

from coaxial.cli.main import main

sys.exit(main())
