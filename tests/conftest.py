"""No test is timed: speed is measured in benchmarks. Linear algebra runs on one thread: matrices are small, and tests run in parallel."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
