"""What tests share: the same random examples on every run, the command in this process."""

import pytest
from hypothesis import settings

from eventstudy import cli

settings.register_profile("repeatable", derandomize=True)  # =default looks for new ones
settings.load_profile("repeatable")


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, stdout, stderr."""

    def run_(*words: object) -> tuple[int, str, str]:
        code = cli.invoke([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_
