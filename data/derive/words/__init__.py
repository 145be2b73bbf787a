"""What texts of files are shown as: standard words, and one spelling of each value."""
