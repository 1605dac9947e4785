"""What can go wrong with keys, sealed values and blobs. Messages hold ids and codes, never a protected
value."""


class VaultError(Exception):
    """Base of all errors of the vault."""


class KeyFileMissing(VaultError):
    """The key file does not exist: run `manage.py make_keys` (new installation) or restore it from escrow."""


class KeyFileBroken(VaultError):
    """The key file cannot be read, or lacks a key version that stored rows still need."""


class KeyUnknown(VaultError):
    """No data key row has this id."""


class KeyDestroyed(VaultError):
    """The data key was destroyed (erasure); what it sealed can never be read again."""


class SealBroken(VaultError):
    """A ciphertext does not belong to this field, row or key, or was changed."""


class BlobMissing(VaultError):
    """The file of a blob row is not in the blob folder."""


class BlobTampered(VaultError):
    """The file of a blob is not what was stored."""


class BlobNotStored(VaultError):
    """The disk refused the file (full, read-only); nothing was kept. Show "not saved, try later"."""
