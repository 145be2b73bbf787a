"""One spelling for one thing: e-mail, phone, name, company, city, country. Over distinct values.

Each function takes a column and gives one row per distinct value, to be joined back.
"""

from __future__ import annotations

from loaders.companies import companies
from loaders.emails import emails
from loaders.names import names
from loaders.phones import phones
from loaders.places import cities, countries
from loaders.vocabulary import PLACEHOLDERS

__all__ = ["PLACEHOLDERS", "cities", "companies", "countries", "emails", "names", "phones"]
