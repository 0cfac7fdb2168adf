"""What the tests of rows share."""

import pytest

pytest.register_assert_rewrite("row_frame")


@pytest.fixture(scope="session")
def verdicts():
    from row_frame import Verdicts

    return Verdicts()
