//! From the names a user gives to the files and bands of each item they stand for.

use super::item::{Asset, AssetBand, Item};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An asset of an item, and its band where the name was a band's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match<'a> {
    pub key: &'a str,
    pub asset: &'a Asset,
    /// From 0; `None` where the name is the asset's own, which then stands for all its bands.
    pub band: Option<usize>,
    /// The variable of a store, where the name was one.
    pub variable: Option<&'a str>,
}

/// A name and what it stands for in each item.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub name: String,
    pub matches: Vec<Option<Match<'a>>>,
}

/// Resolves the names for every item. Items that lack one are `None` there if that is allowed.
pub(super) fn resolve<'a>(
    items: &[&'a Item],
    asked: &[String],
    skip_missing: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<Request<'a>>> {
    wanted(items, asked)?.iter().map(|name| request(items, name, skip_missing, notes)).collect()
}

/// The assets that were asked for; where none were, the one there is.
pub(super) fn wanted<'a>(items: &[&Item], asked: &'a [String]) -> Result<Cow<'a, [String]>> {
    Ok(if asked.is_empty() { Cow::Owned(vec![only_asset(items)?]) } else { Cow::Borrowed(asked) })
}

fn request<'a>(items: &[&'a Item], name: &str, skip_missing: bool, notes: &mut Vec<String>) -> Result<Request<'a>> {
    let matches: Vec<Option<Match<'a>>> = items.iter().map(|item| find(item, name)).collect();
    let lacking = matches.iter().filter(|m| m.is_none()).count();
    if lacking == items.len() {
        return Err(Diagnostic::new(codes::UNKNOWN_ASSET, format!("no item has an asset `{name}`"))
            .help_if(diagnostic::did_you_mean(name, names(items)))
            .help(format!("assets: {}", diagnostic::list_some(names(items), 40))));
    }
    if let Some(at) = matches.iter().position(Option::is_none) {
        let item = items[at];
        if !skip_missing {
            return Err(Diagnostic::new(
                codes::UNKNOWN_ASSET,
                format!("{lacking} of {} items lack asset `{name}`, the first is `{}`", items.len(), item.id),
            )
            .help(format!("its assets: {}", diagnostic::list_some(item.assets.iter().map(|(k, _)| k.as_str()), 40)))
            .help("add `skip_missing` to leave their pixels missing, or `skip_missing items` to leave them out"));
        }
        notes.push(format!("{lacking} of {} items lack `{name}`: missing there", items.len()));
    }
    if let Some(found) = matches.iter().flatten().find(|m| m.band.is_some()) {
        let item = items[matches.iter().position(Option::is_some).unwrap_or(0)];
        let others: Vec<&str> = candidates(item, name).map(|m| m.key).filter(|key| *key != found.key).collect();
        if !others.is_empty() {
            notes.push(format!("`{name}` is asset `{}`; also {}", found.key, diagnostic::list_some(others, 10)));
        }
    }
    Ok(Request { name: name.to_string(), matches })
}

/// What a name stands for in an item: an asset by its key, else a band.
pub(super) fn find<'a>(item: &'a Item, name: &str) -> Option<Match<'a>> {
    match item.assets.iter().find(|(key, _)| key == name) {
        Some((key, asset)) => Some(Match { key, asset, band: None, variable: None }),
        // Data before pictures made of them, files of one band before those of several.
        None => candidates(item, name)
            .min_by_key(|m| (!m.asset.is_data(), m.asset.bands.len()))
            .or_else(|| variable(item, name)),
    }
}

/// The variable of that name in one of the stores of an item.
fn variable<'a>(item: &'a Item, name: &str) -> Option<Match<'a>> {
    item.assets.iter().find_map(|(key, asset)| {
        let variable = asset.store.as_ref()?.variables.iter().find(|variable| *variable == name)?;
        Some(Match { key, asset, band: None, variable: Some(variable) })
    })
}

/// Assets with a band of that name or, where there is none, of that common name, in the item's order.
fn candidates<'a, 'n>(item: &'a Item, name: &'n str) -> impl Iterator<Item = Match<'a>> + use<'a, 'n> {
    let with = move |by: fn(&AssetBand) -> &Option<String>| {
        item.assets.iter().filter_map(move |(key, asset)| {
            let band = asset.bands.iter().position(|b| by(b).as_deref() == Some(name))?;
            let variable = asset.store.as_ref().and(asset.bands[band].name.as_deref());
            Some(Match { key, asset, band: Some(band), variable })
        })
    };
    let named = with(|b| &b.name);
    let common = with(|b| &b.common_name);
    let any_named = with(|b| &b.name).next().is_some();
    named.chain(common.filter(move |_| !any_named))
}

/// The asset to load when none is named: the only raster of measurements there is.
fn only_asset(items: &[&Item]) -> Result<String> {
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in items.iter().flat_map(|i| &i.assets).filter(|(_, asset)| asset.is_data()) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    // What every item has comes first.
    let holders = |key: &str| items.iter().filter(|item| item.assets.iter().any(|(k, _)| k == key)).count();
    keys.sort_by_key(|key| std::cmp::Reverse(holders(key)));
    match keys[..] {
        [only] => Ok(only.to_string()),
        _ => {
            let present = if keys.is_empty() { names(items) } else { keys };
            let some = present.iter().take(2).copied().collect::<Vec<_>>().join(" ");
            Err(Diagnostic::new(codes::MISSING_ARGUMENT, "`load stac` needs to know which assets")
                .help(format!("assets: {}", diagnostic::list_some(present, 40)))
                .help(format!("for example `assets [{some}]`")))
        }
    }
}

/// Keys of all items, the most frequent first, and the names of bands that are no keys.
pub(super) fn names<'a>(items: &[&'a Item]) -> Vec<&'a str> {
    let mut counted: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut order = 0;
    let mut bands: Vec<&str> = Vec::new();
    for (key, asset) in items.iter().flat_map(|i| &i.assets) {
        order += 1;
        counted.entry(key).or_insert((0, order)).0 += 1;
        let variables = asset.store.iter().flat_map(|store| &store.variables);
        for name in asset.bands.iter().flat_map(|b| [&b.name, &b.common_name]).flatten().chain(variables) {
            if !bands.contains(&name.as_str()) {
                bands.push(name);
            }
        }
    }
    let mut keys: Vec<(&str, (usize, usize))> = counted.iter().map(|(key, count)| (*key, *count)).collect();
    keys.sort_by_key(|(_, (count, order))| (std::cmp::Reverse(*count), *order));
    let mut names: Vec<&str> = keys.into_iter().map(|(key, _)| key).collect();
    names.extend(bands.into_iter().filter(|b| !counted.contains_key(b)));
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(id: &str, assets: serde_json::Value) -> Item {
        let item = json!({"id": id, "properties": {"datetime": "2021-06-01T10:00:00Z"}, "assets": assets});
        Item::parse(&item, "x").unwrap()
    }

    #[test]
    fn names_stand_for_keys_then_bands_then_common_names() {
        let tiff = "image/tiff; application=geotiff";
        let first = item(
            "a",
            json!({
                "visual": {"href": "v.tif", "type": tiff, "roles": ["visual"],
                    "eo:bands": [{"name": "B04", "common_name": "red"}, {"name": "B03", "common_name": "green"}]},
                "B04": {"href": "4.tif", "type": tiff, "eo:bands": [{"name": "B04", "common_name": "red"}]},
                "scl": {"href": "s.tif", "type": tiff},
                "info": {"href": "i.json", "type": "application/json"},
            }),
        );
        let second = item("b", json!({"B04": {"href": "4.tif", "type": tiff, "bands": [{"eo:common_name": "red"}]}}));
        let items = [&first, &second];
        let mut notes = Vec::new();
        let all = |name: &str, notes: &mut Vec<String>| {
            let request = request(&items, name, true, notes)?;
            Ok::<_, Box<Diagnostic>>(request.matches.iter().map(|m| m.map(|m| (m.key, m.band))).collect::<Vec<_>>())
        };
        assert_eq!(all("B04", &mut notes).unwrap(), [Some(("B04", None)), Some(("B04", None))]);
        assert_eq!(notes.len(), 0);
        assert_eq!(all("red", &mut notes).unwrap(), [Some(("B04", Some(0))), Some(("B04", Some(0)))]);
        assert_eq!(notes, ["`red` is asset `B04`; also `visual`"]);
        assert_eq!(all("green", &mut notes).unwrap(), [Some(("visual", Some(1))), None]);
        assert_eq!(notes[1], "1 of 2 items lack `green`: missing there");
        let unknown = all("b4", &mut notes).unwrap_err();
        assert_eq!((unknown.code, unknown.message.as_str()), (codes::UNKNOWN_ASSET, "no item has an asset `b4`"));
        assert_eq!(unknown.help[0], "did you mean `B04`?");
        assert_eq!(unknown.help[1], "assets: `B04`, `visual`, `scl`, `info`, `red`, `B03`, `green`");
        let lacking = request(&items, "scl", false, &mut notes).unwrap_err();
        assert_eq!(lacking.message, "1 of 2 items lack asset `scl`, the first is `b`");
        assert_eq!(only_asset(&items).unwrap_err().help[1], "for example `assets [B04 scl]`");
        assert_eq!(only_asset(&[&second]).unwrap(), "B04");
    }
}
