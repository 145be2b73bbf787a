"""The parts of the Events page: one event's funnel, held against others, and what is next."""
