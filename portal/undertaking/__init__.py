"""The confidentiality undertaking (R17): what everybody promises, who has, who has not, and what became of it."""
