"""Results of one study, fitted once, and the folder they were saved in."""

import fitted_study
import pytest


@pytest.fixture(scope="session")
def results():
    """Return the results of the study of seven events."""
    return fitted_study.fit()


@pytest.fixture(scope="session")
def saved(results, tmp_path_factory):
    """Return the folder those results were saved in."""
    return results.save(tmp_path_factory.mktemp("out") / "study", report=False)
