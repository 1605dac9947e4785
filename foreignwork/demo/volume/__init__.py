"""Volumes: many cases that look as if the portal had run for years, consistent by the invariants.

``walk``     plays a few bundles through the kernel itself, by chance, to many different points of their lives
``harvest``  reads every row that belongs to them, whatever app it is in
``plan``     decides how often, and shifted to which week, each of them is copied
``copying``  writes the copies by COPY: new ids, names, keys, seals, numbers, and a hash chain of their own
"""
