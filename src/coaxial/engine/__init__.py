"""The network and its training; the only package that imports torch."""

import os

# OpenMP's threads spin while they wait for each other. Alone on the machine that gains a few per cent; beside any other
# program it makes a step ten times slower (measured on two cores: 1.0 s became 10 to 20 s). Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
