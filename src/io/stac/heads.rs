//! Heads of files that will be opened are asked for while the rest of the catalog is still read.

use super::LoadStac;
use super::choose::Filters;
use super::walk::CatalogItem;
use super::{assets, inputs};
use crate::diagnostic::Result;
use crate::io::documents::Client;
use crate::io::gdal::tiff::remote::want_directory;
use crate::io::remote::address::is_remote;

/// Heads that are asked for before the catalog is known: what is held of them has its limits.
const MOST: usize = 1024;

/// Which heads are asked for.
pub(super) struct Heads<'a> {
    options: &'a LoadStac,
    client: &'a Client<'a>,
    filters: Filters<'a>,
    /// How many more.
    left: usize,
}

impl<'a> Heads<'a> {
    pub(super) fn new(options: &'a LoadStac, client: &'a Client) -> Result<Heads<'a>> {
        // Which items are the first is known when all are; a grid that is given needs no head of most files.
        let left = if options.max.is_some() || options.is_grid_settled() { 0 } else { MOST };
        Ok(Heads { options, client, filters: Filters::of(options)?, left })
    }

    /// Asks for the heads of the files that items are read from, where only these say on which grid they lie.
    pub(super) fn want(&mut self, found: &[CatalogItem]) {
        for found in found.iter().filter(|found| self.filters.pass(&found.item)) {
            for found_asset in self.options.assets.iter().filter_map(|name| assets::find(&found.item, name)) {
                let input = inputs::input(found, &found_asset, self.options, self.client);
                if input.stated_grid.is_none() && is_remote(&input.href) && self.left > 0 {
                    self.left -= 1;
                    want_directory(&input.href);
                }
            }
        }
    }
}
