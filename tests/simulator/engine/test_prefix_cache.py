from __future__ import annotations

from simulator.engine.prefix_cache import PrefixCache, block_keys


def test_a_blocks_key_tells_its_tokens_and_all_before_them() -> None:
    keys = block_keys(range(70), 16)
    assert len(keys) == 4
    assert block_keys(range(64), 16) == keys
    assert block_keys([*range(16), 99, *range(17, 64)], 16)[0] == keys[0]
    assert not set(block_keys([99, *range(1, 64)], 16)) & set(keys)


def test_blocks_in_use_stay_and_unused_ones_go_the_longest_unused_and_the_deepest_first() -> None:
    cache, first, second = PrefixCache(), block_keys(range(48), 16), block_keys(range(100, 148), 16)
    cache.use(first)
    cache.use(second)
    cache.release(first)
    cache.keep(2)
    assert [cache.matching(keys, set()) for keys in (first, second)] == [2, 3]
    cache.release(second)
    cache.keep(3)
    assert [cache.matching(keys, set()) for keys in (first, second)] == [0, 3]
    cache.keep(0)
    assert len(cache) == 0


def test_a_block_that_two_use_is_used_until_both_have_gone() -> None:
    cache, keys = PrefixCache(), block_keys(range(16), 16)
    cache.use(keys)
    cache.use(keys)
    cache.release(keys)
    cache.keep(0)
    assert cache.matching(keys, set()) == 1
    cache.release(keys)
    cache.keep(0)
    assert cache.matching(keys, set()) == 0


def test_blocks_that_go_on_behind_others_have_the_keys_of_the_whole() -> None:
    whole, first = block_keys(range(64), 16), block_keys(range(32), 16)
    assert first + block_keys(range(32, 70), 16, behind=first[-1]) == whole
