"""Made-up companies in eight families, whose whole life is known, to hold forecasts against."""
