"""The store's folder of generations: copy, write, swap, lock, rewrite. Knows no table."""
