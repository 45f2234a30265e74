"""dbt knows what each page reads."""

import inspect
import re
import sys

import pytest
import yaml

from leadhouse.paths import PROJECT_ROOT
from leadhouse.published_macros import published_macros
from panels import parts, reader
from panels.app import PAGES

EXPOSURES = {
    each["name"]: each
    for each in yaml.safe_load((PROJECT_ROOT / "models/exposures.yml").read_text("utf-8"))[
        "exposures"
    ]
}
MACROS = {f"{macro.schema}.{macro.name}": macro.text for macro in published_macros()}


def models_in(text: str) -> set[str]:
    """The models that a text of SQL reads, itself or through published macros."""
    found = set()
    for schema, name in re.findall(r"\b(marts|reports|trust|pii)\.([a-z_]+)", text):
        if (macro := MACROS.get(f"{schema}.{name}")) is not None:
            if macro not in text:
                found |= models_in(re.sub(r"create macro [a-z_.]+", "", macro))
        else:
            found.add(f"pii_{name}" if schema == "pii" else name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_exposure_names_what_the_page_reads(page):
    exposure = EXPOSURES[f"panel_{page.name}"]
    source = inspect.getsource(sys.modules[page.draw.__module__])
    read = models_in(source) | {"rpt_run"}
    if "employee_filter" in source:
        read |= models_in(inspect.getsource(parts.employee_filter))
    if ".metric" in source:
        read |= models_in(inspect.getsource(reader.Build))
    named = {re.fullmatch(r"ref\('(\w+)'\)", each)[1] for each in exposure["depends_on"]}
    assert named == read
    assert exposure["url"].endswith(f":8050{page.path}")
