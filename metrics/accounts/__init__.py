"""Accounts: target lists, buying roles, installed base, groups of companies, and potential."""
