import unittest

from shop import price


class PriceTest(unittest.TestCase):
    """Prices of several pieces."""

    def test_the_tenth_is_free(self) -> None:
        """Ten pieces cost as much as nine."""
        self.assertEqual(price(9, 5), price(10, 5))
