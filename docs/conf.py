"""How Sphinx builds the documentation: `python -m sphinx -W -b html docs FOLDER`."""

from bpsim import __version__

project = "bpsim"
release = __version__
copyright = "the bpsim developers"  # noqa: A001 - Sphinx names it so
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
root_doc = "index"
myst_heading_anchors = 3
html_theme = "furo"
html_title = "bpsim"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
