"""Contracts of every table: columns, keys and checks, and which tables are about people."""
