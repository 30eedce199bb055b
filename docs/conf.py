"""How the documentation is built: `make docs`, or sphinx-build -c docs . docs/_build/html.

The source folder is the repository itself, so that a link that works on a code host works on the
site; `include_patterns` says which of its files are pages.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

HOUSE = Path(__file__).parents[1]
sys.path[:0] = [str(HOUSE), str(Path(__file__).parent / "_ext")]

project = "market-reaction"
author = copyright = "The market-reaction developers"
try:
    release = metadata.version("market-reaction")
except metadata.PackageNotFoundError:
    release = ""

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
    "error_messages",
    "gallery_pictures",
    "house_roles",
    "page_order",
]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "data/README.md",
    "docs/*.md",
    "docs/explanation/*.md",
    "docs/gallery/*.md",
    "docs/howto/*.md",
    "docs/reference/**",
    "docs/statistics/*.md",
    "notebooks/*.ipynb",
]
exclude_patterns = [".*", "eventstudy/**", "tests/**", "benchmarks/**", "docs/_build/**"]
default_role = "known"
smartquotes = False  # what stands in quotes is mostly to be typed
highlight_language = "none"  # a block says so where it is Python

# ---- pages ------------------------------------------------------------------------------------

myst_heading_anchors = 4
myst_enable_extensions = []  # a dollar sign is a dollar sign: formulas are written in plain text
# Notebooks are shown as they ran; the gallery's pages are small and run when they have changed.
nb_execution_mode = "cache"
nb_execution_excludepatterns = ["notebooks/*"]
nb_execution_cache_path = str(Path(__file__).parent / "_build" / "executed")
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

# ---- reference --------------------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
templates_path = [str(Path(__file__).parent / "_templates")]  # autosummary asks for no other form

# ---- how it looks -----------------------------------------------------------------------------

html_theme = "furo"
html_title = "market-reaction"
html_static_path = ["_static"]
html_extra_path = ["_extra"]
html_css_files = ["site.css"]
html_js_files = ["search_from_files.js"]
html_search_scorer = str(Path(__file__).parent / "_ext" / "search_scorer.js")
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {
        "font-stack": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
        "color-brand-primary": "#0b5394",
        "color-brand-content": "#0b5394",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8ab8e6",
        "color-brand-content": "#8ab8e6",
    },
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# ---- links ------------------------------------------------------------------------------------

# `make docs-links` asks the network; nothing else does.
linkcheck_ignore = [r"https://example\.(org|com)/.*", r"http://(localhost|127\.0\.0\.1).*"]
linkcheck_timeout = 20
