//! The pages of a list of items: the next ones are asked for while those that are here are taken apart and the heads of
//! their files are on their way.

use super::super::LoadStac;
use super::super::choose::Filters;
use super::super::endless::PageCount;
use super::super::heads::Heads;
use super::super::walk::{Document, Walk};
use super::query::Ask;
use crate::diagnostic::Result;
use crate::io::documents::{Client, UnderWay};
use crate::io::remote::Location;
use std::collections::{HashSet, VecDeque};

/// Pages that are asked for ahead where it is known how many there are: catalogs compute theirs.
const AHEAD: usize = 8;

/// A list, and what is wanted of it.
pub(super) struct List<'a> {
    /// For people.
    pub shown: String,
    pub options: &'a LoadStac,
    pub filters: Filters<'a>,
    pub client: &'a Client<'a>,
}

impl List<'_> {
    /// All items from the first page on, or as many as are wanted; whether pages were left out.
    pub(super) fn read(&self, first_ask: Ask, first: Document) -> Result<(Walk, bool)> {
        let mut walk = Walk::default();
        let mut count = PageCount::new(self.shown.clone());
        let mut heads = Heads::new(self.options, self.client)?;
        let mut asked = HashSet::from([first_ask.clone()]);
        let mut ahead = Ahead { client: self.client, under_way: VecDeque::new(), foreseen: VecDeque::new() };
        let (mut ask, mut document, mut n_good) = (first_ask, first, 0);
        let enough = |n_good: usize| self.options.max.is_some_and(|max| n_good >= max);
        loop {
            let link = document.next();
            let next = link.map(|link| ask.next(link, document.location())).transpose();
            // With `max` the items decide whether another page is needed at all.
            if let (Ok(Some(next)), None) = (&next, self.options.max)
                && !asked.contains(next)
            {
                ahead.expect(&ask, next, &document, &|n_pages| count.allows(1 + n_pages));
            }
            let page = document.page(self.options.reading.on_error)?;
            count.add(&page.items);
            heads.want(&page.items);
            walk.notes.extend(page.notes);
            for found in page.items {
                if enough(n_good) {
                    break;
                }
                n_good += usize::from(self.filters.pass(&found.item));
                walk.items.push(found);
            }
            if link.is_none() || enough(n_good) {
                return Ok((walk, link.is_some()));
            }
            let Some(next) = next? else { return Ok((walk, false)) };
            if !asked.insert(next.clone()) {
                return Err(count.leads_back(n_good));
            }
            count.go_on(n_good)?;
            document = Document::parse(&ahead.answer(&next)?, &Location::Url(next.url.clone()))?;
            ask = next;
        }
    }
}

/// Pages that are under way, in their order, and those that are to follow.
struct Ahead<'a> {
    client: &'a Client<'a>,
    under_way: VecDeque<(Ask, UnderWay)>,
    foreseen: VecDeque<Ask>,
}

impl Ahead<'_> {
    /// Asks for the next page of this document and, where pages are numbered and it is known how many there are, for those
    /// behind it. `allows` says whether there may be so many.
    fn expect(&mut self, ask: &Ask, next: &Ask, document: &Document, allows: &dyn Fn(usize) -> bool) {
        let known = self.under_way.front().map(|(known, _)| known).or(self.foreseen.front());
        if known != Some(next) {
            // What was foreseen is not what the server says.
            self.under_way.clear();
            self.foreseen = VecDeque::from([next.clone()]);
            if let Some((here, matched)) = document.counts() {
                self.foreseen.extend(ask.foresee(next, here, matched));
            }
        }
        while self.under_way.len() < AHEAD
            && allows(self.under_way.len())
            && let Some(ask) = self.foreseen.pop_front()
        {
            let under_way = self.client.ahead(ask.request());
            self.under_way.push_back((ask, under_way));
        }
    }

    /// The text of the next page.
    fn answer(&mut self, ask: &Ask) -> Result<String> {
        match self.under_way.pop_front() {
            Some((known, under_way)) if known == *ask => Ok(under_way.wait(self.client.cancel)?),
            _ => Ok(self.client.send(&ask.request())?),
        }
    }
}
