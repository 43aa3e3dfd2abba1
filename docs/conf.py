"""How Sphinx builds the site: `sphinx-build -W docs docs/_build`, without a network."""

import os
import sys
from pathlib import Path

import condgan

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "condgan"
author = "The condgan developers"
version = release = condgan.__version__
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_nb",
    "commands",
    "fields",
    "korean",
    "mathml",
    "names",
    "notebooks",
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"condgan {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

# Single backticks in docstrings; see extensions/names.py.
default_role = "name-or-code"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints_format = "short"
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False

# The notebooks hold no output: the site shows what came of them on the machine that built it.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny images only lose by being shared out
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_show_tb = True
nb_merge_streams = True
nb_output_stderr = "remove"  # bars of progress
