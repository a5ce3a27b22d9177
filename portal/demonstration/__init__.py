"""The demonstration archive: an invented company, its clients, their dossiers and their papers.

Everything here is plain data and generators that know neither Flask nor the database. The same day gives
the same archive, byte for byte; another day moves all its dates along. Start at
`archive.demonstration_archive`.
Every company and every person in this package is invented.
"""
