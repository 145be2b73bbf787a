"""Dispatch: who is given which leads, what comes of it, and what another division would bring."""
