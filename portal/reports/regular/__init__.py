"""Regular reports: asked for by a department or set up by the records department, and made when a period is over."""
