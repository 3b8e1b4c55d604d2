//! Catalogs that do not come to an end: pages that lead back, give nothing new, or go on and on.

use super::walk::CatalogItem;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::remote::patience::pages;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Counts the pages of one catalog; of one that is walked through its links, how deep these lead.
pub(super) struct PageCount {
    /// Where they come from, for people.
    shown: String,
    read: usize,
    /// So many in a row without an item that was not there before.
    idle: usize,
    /// Items, by the hash of what they are called.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl PageCount {
    pub(super) fn new(shown: String) -> PageCount {
        PageCount { shown, read: 0, idle: 0, seen: HashSet::new(), hasher: RandomState::new() }
    }

    /// Counts one more page, which may be followed by another.
    pub(super) fn add(&mut self, items: &[CatalogItem]) {
        self.read += 1;
        let before = self.seen.len();
        self.seen.extend(items.iter().map(|f| self.hasher.hash_one((&f.item.collection, &f.item.id))));
        self.idle = if self.seen.len() > before { 0 } else { self.idle + 1 };
    }

    /// Whether one more page may be asked for; `found` are the items that were found until now.
    ///
    /// # Errors
    /// `E0317`
    pub(super) fn go_on(&self, found: usize) -> Result<()> {
        let most = pages();
        // Servers that filter behind their pages have empty ones among them, but not many in a row.
        let most_idle = (most / 20).max(10);
        if self.idle >= most_idle {
            let what =
                format!("the last {} pages of `{}` hold no new item, and another follows", self.idle, self.shown);
            return Err(self.told(what, found).help(format!("`set pages {}` reads on for longer", most_idle * 200)));
        }
        if self.read >= most {
            let what = format!("`{}` has more than {most} pages", self.shown);
            return Err(self
                .told(what, found)
                .help(format!("`set pages {}` reads on for longer", most.saturating_mul(10))));
        }
        Ok(())
    }

    /// Whether so many pages may be asked for beyond those that were read.
    pub(super) fn allows(&self, more: usize) -> bool {
        self.read + more <= pages()
    }

    /// The next page is one that was read.
    pub(super) fn leads_back(&self, found: usize) -> Box<Diagnostic> {
        self.told(format!("`next` of page {} of `{}` leads back to a page before it", self.read, self.shown), found)
    }

    fn told(&self, what: String, found: usize) -> Box<Diagnostic> {
        let told = Diagnostic::new(codes::ENDLESS, what);
        match found {
            0 => told.help("ask for less: `time`, `lonlat` and `collection` make a search smaller"),
            found => told.help(format!("`max {found}` takes the items that were found until there")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::item::Item;
    use super::*;
    use crate::io::remote::Location;
    use serde_json::json;
    use std::sync::Arc;

    fn found(id: usize) -> CatalogItem {
        let item = json!({"id": id, "properties": {"datetime": "2021-06-01T00:00:00Z"}, "assets": {}});
        let document = Arc::new(Location::of("x.json", None));
        CatalogItem { item: Item::parse(&item, "x").unwrap(), document, alone: false }
    }

    #[test]
    fn pages_without_anything_new_are_not_read_for_ever() {
        let mut count = PageCount::new("here".into());
        for page in 0..60 {
            // Forty-nine empty pages, one with an item, and so on with the same item again.
            count.add(&if page % 50 == 49 { vec![found(page)] } else { Vec::new() });
            assert!(count.go_on(1).is_ok(), "{page}");
        }
        for _ in 0..39 {
            count.add(&[found(49)]);
            assert!(count.go_on(1).is_ok());
        }
        count.add(&[found(49)]);
        let told = count.go_on(3).unwrap_err();
        assert_eq!(told.message, "the last 50 pages of `here` hold no new item, and another follows");
        assert_eq!(
            told.help,
            ["`max 3` takes the items that were found until there", "`set pages 10000` reads on for longer"]
        );
    }

    #[test]
    fn a_thousand_pages_are_enough() {
        let mut count = PageCount::new("here".into());
        (0..999).for_each(|page| count.add(&[found(page)]));
        assert!(count.go_on(999).is_ok() && count.allows(1) && !count.allows(2));
        count.add(&[found(999)]);
        let told = count.go_on(1000).unwrap_err();
        assert_eq!((told.code, told.message.as_str()), (codes::ENDLESS, "`here` has more than 1000 pages"));
        assert_eq!(told.help[1], "`set pages 10000` reads on for longer");
    }
}
