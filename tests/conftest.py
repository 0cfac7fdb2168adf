"""What holds of every test: speed is measured in benchmarks and no test is timed; all tests together run on as many cores as there are.

Linear algebra runs on one thread: matrices are small, and tests run in parallel.
"""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Start workers for the whole suite only: a few tests are over sooner than workers have started."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    return None if whole else 0


def pytest_configure() -> None:
    """Thousands of tests are objects that stay: looking through them for garbage again and again takes a third of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
