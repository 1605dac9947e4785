"""Volumes: many cases that look as if the portal had run for years, consistent by the invariants.

``walk``, ``lives``    play people and inspected firms through the kernel itself, by chance; ``goals`` says where they head, ``filling``
                       what they write into forms; ``detours`` looks beside the way, and undoes what it did
``harvest``            reads every row that belongs to one of them, whatever app it is in
``plan``               decides how often, and shifted to which week, each is copied
``lines``, ``cells``   make texts with holes of the rows; ``numbers`` and ``people`` say what stands in the holes
``copying``            writes the copies by COPY: new ids, names, keys, seals, numbers, and a hash chain of their own
``indexes``            drops what slows that down, and builds it again
"""
