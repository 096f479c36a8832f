"""The corpus doctor: everything that can be wrong with a copy of a corpus, found before any GPU minute.

``doctor.py`` runs the checks and makes the diagnosis; ``kinds.py`` lists what can be found and what to do about it;
every other module is one kind of check or one part of running them.
"""
