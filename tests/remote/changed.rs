//! Files on a server that were changed at random: their directories and indexes are read by Rastra itself.

use super::*;
use crate::fuzz::{INPUTS, dice, turns, wrong_with};
use crate::support::root;

#[test]
fn directories_and_indexes_that_were_changed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::web(folder.path(), &[]);
    let data = root().join("examples/data");
    let is_single = |name: &str| name.ends_with(".tif") || name.ends_with(".nc");
    let inputs: Vec<&(&str, &str)> =
        INPUTS.iter().filter(|(name, _)| is_single(name) && data.join(name).is_file()).collect();
    assert_eq!(inputs.len(), 4);
    let whole: Vec<Vec<u8>> = inputs.iter().map(|(name, _)| fs::read(data.join(name)).unwrap()).collect();
    let mut dice = dice(20261202);
    let mut goes_on = turns(160);
    let (mut wrong, mut number) = (String::new(), 0);
    while goes_on() {
        let i = number % inputs.len();
        let (name, program) = inputs[i];
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
        wrong.push_str(&wrong_with(folder.path(), program, &address, &changed));
        fs::remove_file(folder.path().join(served)).unwrap();
        number += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
}
