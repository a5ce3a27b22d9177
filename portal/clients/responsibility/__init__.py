"""Who looks after which client: naming, releasing, handing over many at once, and the common pool (R6, R17)."""
