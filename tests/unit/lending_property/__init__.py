"""Random people, days and acts in the records department, against a second statement of its rules.

`facts` is everything the database says at one moment. `rights` says who may try an act, as a table; `rules` when it
is possible; `acts` does it through the services. `calendar` reckons days a second time, `ledger` keeps beside the
portal what must be true after each step. None of them asks the portal's own queries or rules.
"""
