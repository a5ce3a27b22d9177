"""Reports that are reviewed and issued, and the regular ones that are asked for."""
