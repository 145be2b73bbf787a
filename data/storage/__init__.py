"""The folder of generations: copied, written aside, swapped in whole, locked. No SQL."""
