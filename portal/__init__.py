"""Legajo: the intranet portal of a company's client archive.

The application factory is `portal.application.create_app`; this file stays empty of imports so that the
child process that reads hostile files (`portal.documents.reading.child`) starts without the web stack.
"""
