"""Reading uploaded files: what they are, how many pages, the text and the picture of each page.

Nothing here knows Flask or the database. `formats` judges an upload, `names` cleans its name, `reader` is the
parent's side of the child process that opens files, `watermark` marks the pages that people are shown.
This file imports nothing, so that the child starts with no more than it needs.
"""
