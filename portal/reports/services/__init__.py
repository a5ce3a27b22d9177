"""What is done with reports: counting, printing, preparing, reviewing, issuing."""
