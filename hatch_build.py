"""What the metadata of a release say: the addresses of the project, and README for an index page.

All addresses begin with the repository, which `pyproject.toml` states once. Links of README that
stay inside the repository lead there from an index page, too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE = re.compile(r"(!?\[[^\]]*\])\((?![a-z]+:|#)([^)\s]+)\)")


def absolute_links(text: str, repository: str, version: str) -> str:
    """Return a text whose relative links lead to the files of this version in the repository."""

    def link(match: re.Match[str]) -> str:
        words, target = match.groups()
        kind = "raw" if words.startswith("!") else "blob"
        return f"{words}({repository}/{kind}/v{version}/{target})"

    return _RELATIVE.sub(link, text)


class ReleaseMetadata(MetadataHookInterface):
    """Fills in ``readme`` and ``urls``."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill them in."""
        repository = self.config["repository"]
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute_links(text, repository, metadata["version"]),
        }
        metadata["urls"] = {
            "Repository": repository,
            "Documentation": f"{repository}/tree/v{metadata['version']}/docs",
            "Changelog": f"{repository}/blob/v{metadata['version']}/CHANGELOG.md",
            "Issues": f"{repository}/issues",
        }
