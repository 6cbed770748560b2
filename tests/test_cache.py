"""The cache holds what was used last, and never more than it may."""

from cstokg.web.cache import Cache, Entry


def entry(size: int) -> Entry:
    """An entry with a body of that size."""
    return Entry('"tag"', (), b"x" * size, 1, "hash")


def test_what_was_used_longest_ago_goes_first() -> None:
    """And the sizes add up."""
    cache = Cache(40_000)
    for name in "abcd":
        cache.put(name, entry(3_900), 100)
    assert cache.size == 20_000
    for name in "efgh":
        cache.put(name, entry(3_900), 100)
    assert cache.get("a") is not None
    cache.put("i", entry(3_900), 100)
    assert len(cache) == 8
    assert cache.size == 40_000
    assert cache.get("b") is None
    assert cache.get("a") is not None


def test_the_same_key_takes_the_place_once() -> None:
    """The size counts the newer entry only."""
    cache = Cache(100_000)
    cache.put("a", entry(5_000), 0)
    cache.put("a", entry(1_000), 0)
    assert (len(cache), cache.size) == (1, 2_000)


def test_large_entries_are_not_kept() -> None:
    """One answer must not drive out all others; no room keeps none."""
    cache = Cache(40_000)
    cache.put("a", entry(4_001), 0)
    assert cache.get("a") is None
    none = Cache(0)
    none.put("a", entry(0), 0)
    assert len(none) == 0
