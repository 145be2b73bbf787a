"""Countries, regions and cities that the made-up company sells to, each by its number."""

from __future__ import annotations

import numpy as np

from data.sample_company.world.words import COUNTRIES_BY_REGION, Country

CHINA_REGION = 2


COUNTRIES: tuple[Country, ...] = tuple(
    country for countries in COUNTRIES_BY_REGION for country in countries
)


REGION_OF_COUNTRY = tuple(
    region for region, countries in enumerate(COUNTRIES_BY_REGION) for _ in countries
)


COUNTRY_REGIONS = tuple(zip(COUNTRIES, REGION_OF_COUNTRY, strict=True))


CITIES = tuple(city for country in COUNTRIES for city in country.cities)


FIRST_CITY = np.cumsum([0] + [len(country.cities) for country in COUNTRIES])[:-1]
