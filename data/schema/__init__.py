"""Contracts of every table: columns, keys, checks, and which tables are about people."""
