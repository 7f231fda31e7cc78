//! A bounded map whose entries become stale. Every insertion also checks two other entries, so that stale entries are
//! removed without a timer and without a sweep.

use std::hash::Hash;

use indexmap::IndexMap;

/// A map of at most `max` entries.
#[derive(Debug)]
pub(crate) struct ExpiringMap<K, V> {
    entries: IndexMap<K, V>,
    max: usize,
    /// The index of the next entry to check.
    cursor: usize,
}

impl<K: Hash + Eq, V> ExpiringMap<K, V> {
    pub(crate) fn new(max: usize) -> Self {
        Self { entries: IndexMap::new(), max, cursor: 0 }
    }

    pub(crate) fn get<Q: Hash + indexmap::Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn get_mut<Q: Hash + indexmap::Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Returns the value of the key, and inserts it if it is missing. If the map is full, another entry is removed.
    pub(crate) fn entry(
        &mut self,
        key: K,
        make: impl FnOnce() -> V,
        mut is_stale: impl FnMut(&mut V) -> bool,
    ) -> &mut V {
        for _ in 0..2 {
            self.look(&mut is_stale);
        }
        if self.entries.len() >= self.max && !self.entries.contains_key(&key) {
            self.entries.swap_remove_index(self.cursor);
        }
        self.entries.entry(key).or_insert_with(make)
    }

    pub(crate) fn remove<Q: Hash + indexmap::Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<V> {
        self.entries.swap_remove(key)
    }

    fn look(&mut self, is_stale: &mut impl FnMut(&mut V) -> bool) {
        self.cursor = if self.cursor + 1 < self.entries.len() { self.cursor + 1 } else { 0 };
        if self.entries.get_index_mut(self.cursor).is_some_and(|(_, value)| is_stale(value)) {
            self.entries.swap_remove_index(self.cursor);
        }
        if self.cursor >= self.entries.len() {
            self.cursor = 0;
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stale_goes_away_and_there_are_never_too_many() {
        let mut map = ExpiringMap::new(100);
        for n in 0..1000 {
            map.entry(n, || n, |_| false);
            assert!(map.len() <= 100);
            assert_eq!(map.get(&n), Some(&n));
        }
        for n in 1000..1100 {
            map.entry(n, || n, |value| *value < 1000);
        }
        assert!(map.entries.values().all(|value| *value >= 1000), "{:?}", map.entries);
    }
}
