"""The built-in dataset, read once."""

from __future__ import annotations

import pytest

from pclip.data import Dataset, load


@pytest.fixture(scope="session")
def testbed() -> Dataset:
    return load("testbed")
