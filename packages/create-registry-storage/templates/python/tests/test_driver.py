"""`make conformance` proves the contract. Here is what is the driver's own."""

from __future__ import annotations

import pytest
from outrigger_storage import InvalidParameters, PathNotFound, parse_parameters

from __MODULE__.driver import Driver
from __MODULE__.parameters import Parameters


def test_keeps_what_was_put_and_nothing_that_was_deleted() -> None:
    driver = Driver(Parameters(bucket="test-bucket"))
    driver.put("/a/b", b"hello")
    assert driver.reader("/a/b", offset=1, length=3, if_match=None).read(10) == b"ell"
    assert [entry.path for entry in driver.list("/a", cursor=None, limit=10).entries] == ["/a/b"]
    driver.delete("/a")
    with pytest.raises(PathNotFound):
        driver.stat("/a")


def test_refuses_parameters_by_their_names_and_keeps_their_values_to_itself() -> None:
    with pytest.raises(InvalidParameters) as refused:
        parse_parameters(Parameters, {"bucket": "HUNTER2", "colour": "HUNTER2"})
    assert sorted(issue.key for issue in refused.value.issues) == ["bucket", "colour"]
    assert "HUNTER2" not in str(refused.value)
