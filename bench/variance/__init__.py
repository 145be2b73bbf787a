"""The parts of a missed plan over made-up companies, held against what was planted."""
