//! Files on a server that were changed at random: their directories and indexes are read by Rastra itself.

use super::*;
use crate::fuzz::{dice, survives, turns};
use crate::support::root;

/// Inputs, by what reads them; `@` stands for the address.
const INPUTS: &[(&str, &str)] = &[
    ("dem.tif", "load files \"@\" | stats"),
    ("scenes/scene_20230120_red.tif", "load files \"@\" | stats"),
    ("t2m.nc", "load netcdf \"@\" | stats"),
    ("sst.nc", "load netcdf \"@\" | stats"),
];

#[test]
fn directories_and_indexes_that_were_changed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::web(folder.path(), &[]);
    let whole: Vec<Vec<u8>> =
        INPUTS.iter().map(|(name, _)| fs::read(root().join("examples/data").join(name)).unwrap()).collect();
    let mut dice = dice(20261202);
    let mut goes_on = turns(160);
    let (mut wrong, mut number) = (String::new(), 0);
    while goes_on() {
        let i = number % INPUTS.len();
        let (name, program) = INPUTS[i];
        // What a header says stands near the beginning, or near the end.
        let (other, length) = (dice.throw(whole.len()), whole[i].len());
        let part = [0..length.min(6000), length.saturating_sub(6000)..length, 0..length][dice.throw(3)].clone();
        let mut changed = whole[i].clone();
        let piece = dice.mutated(&whole[i][part.clone()], &whole[other]);
        changed.splice(part, piece);
        // Each has an address of its own, so that nothing is known of it.
        let served = format!("{number}.{}", name.rsplit('.').next().unwrap());
        fs::write(folder.path().join(&served), &changed).unwrap();
        let address = format!("{}/{served}", server.url());
        if let Err(why) = survives(folder.path(), &program.replace('@', &address)) {
            let kept = std::env::temp_dir().join(format!("fuzzed-{served}"));
            fs::write(&kept, &changed).unwrap();
            wrong.push_str(&format!("{program} on {}: {why}\n", kept.display()));
        }
        fs::remove_file(folder.path().join(served)).unwrap();
        number += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
}
