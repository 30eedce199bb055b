"""What a study file may do: name data. What needs more is allowed by whoever reads it.

A study file may come from a stranger. Without an allowance it runs no code, sends nothing to a
server of its own choosing and no work to a cluster; `SECURITY.md` is the whole promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.exceptions import SpecificationError
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from eventstudy.execution import Execution
    from eventstudy.studyfile.price_source import PriceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """What whoever reads a study file allows it beyond data.

    Parameters
    ----------
    code
        To name code that is run, as ``source = "python"`` does.
    network
        To name a server: an address of a mirror, or a database on another machine than this one.
        Servers that the package knows by name (Yahoo, official fixings, WRDS) need no allowance.
    cluster
        To name the cluster whose workers are sent the study, and code with it.
    is_confined
        Whether nothing is fetched at all, and no file read that lies outside the study's folder.
    """

    code: bool = False
    network: bool = False
    cluster: bool = False
    is_confined: bool = False

    def check_code(self, source: type[PriceSource], name: str) -> None:
        """Raise `SpecificationError` where a kind of source runs code and may not."""
        if source.runs_code and not self.code:
            raise SpecificationError(
                f'prices.source = "{name}" runs code of the study file\'s choosing, which is not '
                "allowed; where you trust the file, give --allow-code, or allow_code=True in "
                "Python",
                key="prices.source",
            )

    def check_source(self, source: PriceSource) -> None:
        """Raise `SpecificationError` where a source asks a server that it may not."""
        if self.is_confined and not source.is_inside:
            raise SpecificationError(
                f'prices.source = "{source.source}" reaches beyond the folder of the study file, '
                "which --confined does not allow",
                key="prices.source",
            )
        named = source.chosen_server()
        if named is not None and not self.network:
            by_variable = (
                "; an address of your own in a variable that prices.url_env names needs no switch"
            )
            raise SpecificationError(
                f"{named.key} names a server of the study file's choosing, "
                f"{excerpt(named.host)}, which is not allowed; where you trust it, give "
                "--allow-network, or allow_network=True in Python"
                f"{by_variable if named.key == 'prices.url' else ''}",
                key=named.key,
            )

    def check_execution(self, execution: Execution | None) -> None:
        """Raise `SpecificationError` where a cluster is named and not allowed."""
        if execution is not None and execution.cluster and not self.cluster:
            raise SpecificationError(
                "execution.cluster names a cluster of the study file's choosing, which is not "
                "allowed; where you trust it, give --allow-cluster, or allow_cluster=True in "
                "Python, or name it yourself with --cluster",
                key="execution.cluster",
            )

    def check_files(self, files: Iterable[Path], folder: Path) -> None:
        """Raise `SpecificationError` where a file lies outside the folder, if that is not allowed.

        A link leads where it leads.
        """
        if not self.is_confined:
            return
        place = folder.resolve()
        for file in files:
            try:
                is_inside = file.resolve().is_relative_to(place)
            except (OSError, RuntimeError, ValueError):  # too long, a circle of links, a NUL
                is_inside = False
            if not is_inside:
                raise SpecificationError(
                    f"{excerpt(file)} lies outside the folder of the study file, which --confined "
                    "does not allow"
                )


DATA_ALONE = Allowances()
"""What is allowed where nobody says otherwise."""
