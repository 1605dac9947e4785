from tests.stage import real_cast

__all__ = ["real_cast"]
