"""What every feature stands on: no Flask here, and no feature."""
