from tests.stage import cast, real_cast

__all__ = ["cast", "real_cast"]
