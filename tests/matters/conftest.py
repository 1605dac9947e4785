from tests.stage import cast

__all__ = ["cast"]
