//! Targets held, published, left behind and completed.

use super::leftovers::Completed;
use super::*;
use crate::diagnostic::codes;
use std::fs::{create_dir, create_dir_all, read_to_string, write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::AtomicBool;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn text(path: &Path) -> String {
    read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Builds targets, each of which holds its own name.
fn built(targets: &[PathBuf], existing: IfExists) -> Staging {
    let staging = Staging::hold(targets, existing).unwrap_or_else(|e| panic!("{e:?}"));
    for (i, target) in targets.iter().enumerate() {
        write(staging.at(i), format!("new {}", target.display())).expect("there is room");
    }
    staging
}

/// What a kill leaves: all that is on the disk, and no lock.
fn kill(mut staging: Staging) -> PathBuf {
    let head = staging.head().to_path_buf();
    staging.let_go();
    head
}

#[test]
fn a_file_comes_whole_and_leaves_nothing_beside_it() {
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("deep/below/a.tif");
    let staging = built(std::slice::from_ref(&path), IfExists::Refuse);
    assert!(!path.exists());
    staging.publish().expect("it is new");
    assert_eq!(
        (text(&path), names(&here.path().join("deep/below"))),
        (format!("new {}", path.display()), vec!["a.tif".into()])
    );
    // What is given up leaves no folder either.
    drop(built(&[here.path().join("other/b.tif")], IfExists::Refuse));
    assert_eq!(names(here.path()), ["deep"]);
}

#[test]
fn what_is_replaced_keeps_its_permissions_and_loses_its_sidecars() {
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("a.tif");
    for name in ["a.tif", "a.tif.ovr", "a.tif.aux.xml", "a.tif.msk", "b.tif.ovr"] {
        write(here.path().join(name), "old").expect("written");
    }
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("ours");
    let staging = built(std::slice::from_ref(&path), IfExists::Overwrite);
    write(staging.at(0).with_file_name("a.tif.aux.xml"), "of the new one").expect("there is room");
    staging.publish().expect("it may be replaced");
    assert_eq!(names(here.path()), ["a.tif", "a.tif.aux.xml", "b.tif.ovr"]);
    assert_eq!(text(&here.path().join("a.tif.aux.xml")), "of the new one");
    assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn links_are_followed() {
    let here = tempfile::tempdir().expect("a folder");
    create_dir(here.path().join("far")).expect("made");
    write(here.path().join("far/old.csv"), "old").expect("written");
    symlink("far/old.csv", here.path().join("link.csv")).expect("made");
    symlink("far/none.csv", here.path().join("dangling.csv")).expect("made");
    symlink("round.csv", here.path().join("round.csv")).expect("made");
    for (link, to) in [("link.csv", "far/old.csv"), ("dangling.csv", "far/none.csv")] {
        built(&[here.path().join(link)], IfExists::Overwrite).publish().expect("it may be replaced");
        assert!(here.path().join(link).is_symlink());
        assert!(text(&here.path().join(to)).starts_with("new "));
    }
    let problem = Staging::hold(&[here.path().join("round.csv")], IfExists::Overwrite).expect_err("it leads nowhere");
    assert_eq!(problem.code, codes::CANNOT_WRITE);
    // A link and what it points to are one target.
    let both = [here.path().join("link.csv"), here.path().join("far/old.csv")];
    let problem = Staging::hold(&both, IfExists::Overwrite).expect_err("they are one file");
    assert!(problem.cause_text().expect("said").contains("leads to the same file"));
    let held = built(&[here.path().join("link.csv")], IfExists::Overwrite);
    assert!(Staging::hold(&both[1..], IfExists::Overwrite).is_err());
    drop(held);
    assert_eq!(names(&here.path().join("far")), ["none.csv", "old.csv"]);
}

#[test]
fn one_run_holds_a_target() {
    let here = tempfile::tempdir().expect("a folder");
    let of = |names: &[&str]| names.iter().map(|name| here.path().join(name)).collect::<Vec<_>>();
    let staging = built(&of(&["x/1.tif", "x/2.tif", "y/1.tif"]), IfExists::Overwrite);
    for rival in
        [&["x/1.tif"][..], &["x/2.tif"], &["x/0.tif", "x/2.tif"], &["y/0.tif", "y/1.tif"], &["z/1.tif", "y/1.tif"]]
    {
        let problem = Staging::hold(&of(rival), IfExists::Overwrite).expect_err("it is held");
        assert_eq!(problem.cause_text(), Some("another run is writing it"), "{rival:?}");
    }
    // Others of the same folders are free.
    let other = built(&of(&["x/3.tif", "y/3.tif"]), IfExists::Refuse);
    other.publish().expect("nobody else has it");
    staging.publish().expect("it was held");
    assert_eq!((names(&here.path().join("x")).len(), names(&here.path().join("y")).len()), (3, 2));
    built(&of(&["x/1.tif"]), IfExists::Overwrite).publish().expect("it is free again");
}

#[test]
fn a_target_that_came_to_be_meanwhile_is_not_replaced() {
    let here = tempfile::tempdir().expect("a folder");
    for set in [&["a.csv"][..], &["1.tif", "a.csv"]] {
        let targets: Vec<PathBuf> = set.iter().map(|name| here.path().join(name)).collect();
        let staging = built(&targets, IfExists::Refuse);
        write(here.path().join("a.csv"), "somebody else's").expect("written");
        let problem = staging.publish().expect_err("it is there");
        assert_eq!(problem.code, codes::TARGET_EXISTS);
        assert!(problem.message.ends_with("exists, since this run began"), "{}", problem.message);
        assert_eq!(names(here.path()), ["a.csv"]);
        assert_eq!(text(&here.path().join("a.csv")), "somebody else's");
        std::fs::remove_file(here.path().join("a.csv")).expect("there");
    }
}

#[test]
fn folders_are_exchanged() {
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("a.zarr");
    let fill = |folder: &Path, file: &str| {
        create_dir_all(folder).expect("made");
        write(folder.join(file), file).expect("written");
    };
    for existing in [IfExists::Refuse, IfExists::Overwrite] {
        let staging = Staging::hold(std::slice::from_ref(&path), existing).expect("it is free");
        fill(staging.at(0), &format!("{existing:?}"));
        staging.publish().expect("it may be there");
        assert_eq!((names(&path), names(here.path())), (vec![format!("{existing:?}")], vec!["a.zarr".to_string()]));
    }
    // As it is done where the file system cannot exchange two names; killed before and after the old one stepped aside.
    for is_aside in [false, true] {
        let staging = Staging::hold(std::slice::from_ref(&path), IfExists::Overwrite).expect("it is free");
        fill(staging.at(0), &format!("after {is_aside}"));
        let head = kill(staging);
        room::say_whole(&head).expect("there is room");
        if is_aside {
            create_dir(head.join("old")).expect("made");
            std::fs::rename(&path, head.join("old/a.zarr")).expect("it steps aside");
        }
        assert_eq!(leftovers::complete(here.path()).expect("it can be moved"), Completed::All);
        assert_eq!((names(&path), names(here.path())), (vec![format!("after {is_aside}")], vec!["a.zarr".to_string()]));
    }
}

#[test]
fn a_set_is_old_or_new() {
    let here = tempfile::tempdir().expect("a folder");
    let targets: Vec<PathBuf> =
        ["x/1.tif", "x/2.tif", "y/1.tif", "y/2.tif"].iter().map(|name| here.path().join(name)).collect();
    let state = || targets.iter().map(|path| read_to_string(path).unwrap_or_default()).collect::<Vec<_>>();
    let new: Vec<String> = targets.iter().map(|path| format!("new {}", path.display())).collect();
    let recover = |address: &str| {
        recover(&[address.into()], here.path(), &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e:?}"))
    };
    for moved in 0..=4 {
        ["x", "y"].iter().for_each(|folder| create_dir_all(here.path().join(folder)).expect("made"));
        targets.iter().for_each(|path| write(path, "old").expect("written"));
        // Killed before it is whole, nothing of it was done, and the next run removes what is left.
        kill(built(&targets, IfExists::Overwrite));
        assert_eq!(recover("x/*.tif"), Vec::<String>::new());
        assert_eq!(state(), ["old"; 4]);
        // Killed after that, with some of the files moved, it is completed by whoever reads one of the folders.
        let staging = built(&targets, IfExists::Overwrite);
        let staged: Vec<PathBuf> = (0..4).map(|i| staging.at(i).to_path_buf()).collect();
        let head = kill(staging);
        room::say_whole(&head).expect("there is room");
        for i in 0..moved {
            std::fs::rename(&staged[i], &targets[i]).expect("it is moved");
        }
        assert_eq!(recover(["x", "y/*.tif", "*/1.tif"][moved % 3]).len(), 1);
        assert_eq!(state(), new);
        assert_eq!(
            (names(&here.path().join("x")), names(&here.path().join("y"))),
            (vec!["1.tif".into(), "2.tif".to_string()], vec!["1.tif".into(), "2.tif".to_string()])
        );
        assert!(recover("x").is_empty());
    }
}

#[test]
fn what_dead_runs_left_is_removed_unless_it_may_be_resumed() {
    let here = tempfile::tempdir().expect("a folder");
    kill(built(&[here.path().join("a.csv"), here.path().join("b.csv")], IfExists::Refuse));
    let store = here.path().join("r.zarr");
    let began = Staging::resume(std::slice::from_ref(&store), IfExists::Refuse).expect("it is free");
    create_dir_all(began.at(0)).expect("there is room");
    let resumable = kill(began);
    write(resumable.join(PROGRESS), "half").expect("there is room");
    // A folder of another's that only looks alike stays.
    create_dir_all(here.path().join(".mine.partial/work")).expect("made");
    // The second run removed what the first one left.
    assert_eq!(names(here.path()), [".mine.partial", ".r.zarr.partial"]);
    built(&[here.path().join("c.csv")], IfExists::Refuse).publish().expect("it is new");
    assert_eq!(names(here.path()), [".mine.partial", ".r.zarr.partial", "c.csv"]);
    let staging = Staging::resume(std::slice::from_ref(&store), IfExists::Refuse).expect("it is free");
    assert!(staging.at(0).exists() && staging.aside(PROGRESS).exists());
    drop(staging);
    assert!(resumable.exists());
    drop(Staging::hold(&[store], IfExists::Overwrite).expect("it is free"));
    assert_eq!(names(here.path()), [".mine.partial", "c.csv"]);
}

#[test]
fn rooms_that_lie_about_others_are_not_believed() {
    let here = tempfile::tempdir().expect("a folder");
    create_dir(here.path().join("precious")).expect("made");
    write(here.path().join("precious/file"), "kept").expect("written");
    let made_up = here.path().join(".a.csv.partial");
    create_dir(&made_up).expect("made");
    write(made_up.join("lock"), "held by rastra while it writes here\n").expect("written");
    write(made_up.join("rooms"), here.path().join("precious").to_string_lossy().as_bytes()).expect("written");
    built(&[here.path().join("b.csv")], IfExists::Refuse).publish().expect("it is new");
    assert_eq!(names(here.path()), ["b.csv", "precious"]);
    assert_eq!(text(&here.path().join("precious/file")), "kept");
}

#[test]
fn folders_of_others_are_in_the_way_and_stay() {
    let here = tempfile::tempdir().expect("a folder");
    let mine = here.path().join(".a.csv.partial");
    create_dir(&mine).expect("made");
    write(mine.join("lock"), "mine").expect("written");
    write(mine.join("work"), "mine").expect("written");
    let hold = || Staging::hold(&[here.path().join("a.csv")], IfExists::Refuse);
    assert!(hold().expect_err("it is not Rastra's").cause_text().expect("said").contains("is in the way"));
    built(&[here.path().join("b.csv")], IfExists::Refuse).publish().expect("it is new");
    assert_eq!((names(&mine), names(here.path()).len()), (vec!["lock".into(), "work".into()], 2));
    // A link to a folder is followed by nobody.
    std::fs::rename(&mine, here.path().join("far")).expect("moved");
    symlink("far", &mine).expect("made");
    assert!(hold().is_err());
    assert_eq!(names(&here.path().join("far")), ["lock", "work"]);
}

#[test]
fn a_room_that_was_replaced_is_left_alone() {
    let here = tempfile::tempdir().expect("a folder");
    create_dir(here.path().join("precious")).expect("made");
    write(here.path().join("precious/file"), "kept").expect("written");
    for publishes in [true, false] {
        let staging = built(&[here.path().join("a.csv")], IfExists::Refuse);
        let room = staging.head().to_path_buf();
        std::fs::rename(&room, here.path().join("moved")).expect("moved");
        symlink("precious", &room).expect("made");
        if publishes {
            assert!(staging.publish().is_err());
        } else {
            drop(staging);
        }
        assert_eq!(names(&here.path().join("precious")), ["file"]);
        std::fs::remove_file(&room).expect("there");
        std::fs::remove_dir_all(here.path().join("moved")).expect("there");
    }
    // A pipe in the place of a list is not waited for.
    let made_up = here.path().join(".b.csv.partial");
    create_dir(&made_up).expect("made");
    write(made_up.join("lock"), "x").expect("written");
    let (pipe, mode) = (made_up.join("names"), rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
    built(&[here.path().join("a.csv")], IfExists::Refuse).publish().expect("it is new");
    // Nor is a folder of the user's own removed that has what a room has, but no lock.
    let mine = here.path().join(".c.csv.partial");
    create_dir_all(mine.join("files")).expect("made");
    assert!(Staging::hold(&[here.path().join("c.csv")], IfExists::Refuse).is_err());
    assert_eq!(names(&mine), ["files"]);
}

#[test]
fn new_sidecars_stay_and_old_ones_come_back() {
    let here = tempfile::tempdir().expect("a folder");
    let targets: Vec<PathBuf> = ["1.tif", "2.tif"].iter().map(|name| here.path().join(name)).collect();
    for existing in [IfExists::Refuse, IfExists::Overwrite] {
        let staging = built(&targets, existing);
        for i in 0..2 {
            write(staging.at(i).with_extension("tif.msk"), "new").expect("there is room");
        }
        write(here.path().join("1.tif.msk"), "old").expect("written");
        staging.publish().expect("it may be there");
        assert_eq!(names(here.path()), ["1.tif", "1.tif.msk", "2.tif", "2.tif.msk"]);
        assert_eq!(text(&here.path().join("1.tif.msk")), "new");
    }
    // Killed after the first was moved, with its new sidecar still to come, and then taken back.
    targets.iter().for_each(|path| write(path, "old").expect("written"));
    let staging = built(&targets, IfExists::Overwrite);
    write(staging.at(0).with_extension("tif.ovr"), "new").expect("there is room");
    let head = kill(staging);
    room::say_whole(&head).expect("there is room");
    publish::all(&head).expect("it can be moved");
    assert_eq!(names(here.path()), [".1.tif.partial", "1.tif", "1.tif.ovr", "2.tif"]);
    publish::undo(&head).expect("it can be taken back");
    assert_eq!(leftovers::complete(here.path()).expect("there is nothing"), Completed::Nothing);
    assert_eq!(names(here.path()), [".1.tif.partial", "1.tif", "1.tif.msk", "2.tif", "2.tif.msk"]);
    assert_eq!(text(&targets[0]), "old");
}

#[test]
fn folders_that_nobody_may_write_to_are_replaced() {
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("a.zarr");
    create_dir_all(path.join("below")).expect("made");
    write(path.join("below/old"), "old").expect("written");
    for folder in [path.join("below"), path.clone()] {
        std::fs::set_permissions(folder, PermissionsExt::from_mode(0o555)).expect("ours");
    }
    let staging = Staging::hold(std::slice::from_ref(&path), IfExists::Overwrite).expect("it is free");
    create_dir(staging.at(0)).expect("made");
    write(staging.at(0).join("new"), "new").expect("written");
    staging.publish().expect("it may be replaced");
    assert_eq!((names(&path), names(here.path())), (vec!["new".into()], vec!["a.zarr".to_string()]));
}

#[test]
fn one_place_has_one_name() {
    let here = tempfile::tempdir().expect("a folder");
    create_dir_all(here.path().join("out/sub")).expect("made");
    symlink("out", here.path().join("link")).expect("made");
    let held = built(&[here.path().join("out/a.csv")], IfExists::Refuse);
    for other in ["link/a.csv", "out/sub/../a.csv", "./out/./a.csv", "none/../out/a.csv"] {
        let problem = Staging::hold(&[here.path().join(other)], IfExists::Overwrite).expect_err("it is held");
        assert_eq!(problem.cause_text(), Some("another run is writing it"), "{other}");
    }
    drop(held);
    assert_eq!(names(here.path()), ["link", "out"]);
    // A folder by a name that is none of its own.
    write(here.path().join("out/sub/old"), "old").expect("written");
    let staging = Staging::hold(&[here.path().join("out/sub/.")], IfExists::Overwrite).expect("it is free");
    create_dir(staging.at(0)).expect("made");
    write(staging.at(0).join("new"), "new").expect("written");
    staging.publish().expect("it may be replaced");
    assert_eq!(
        (names(&here.path().join("out/sub")), names(&here.path().join("out"))),
        (vec!["new".into()], vec!["sub".to_string()])
    );
}

#[test]
fn a_set_that_cannot_be_moved_is_taken_back() {
    let here = tempfile::tempdir().expect("a folder");
    let targets: Vec<PathBuf> = ["1.tif", "2.tif", "3.tif"].iter().map(|name| here.path().join(name)).collect();
    targets[1..].iter().for_each(|path| write(path, "old").expect("written"));
    write(here.path().join("2.tif.ovr"), "old").expect("written");
    let staging = built(&targets, IfExists::Overwrite);
    let head = kill(staging);
    room::say_whole(&head).expect("there is room");
    std::fs::rename(head.join("files/1.tif"), &targets[0]).expect("it is moved");
    // A folder that is not empty is in the way of a file that cannot step aside.
    std::fs::remove_file(&targets[2]).expect("there");
    create_dir_all(targets[2].join("below")).expect("made");
    std::fs::set_permissions(&head, PermissionsExt::from_mode(0o711)).expect("ours");
    create_dir_all(head.join("old/3.tif/other")).expect("made");
    assert_eq!(leftovers::complete(here.path()).expect("it is taken back"), Completed::TakenBack);
    assert_eq!(names(here.path()), ["2.tif", "2.tif.ovr", "3.tif"]);
    assert_eq!((text(&targets[1]), text(&here.path().join("2.tif.ovr"))), ("old".to_string(), "old".to_string()));
}

#[test]
fn streams_are_written_through() {
    let here = tempfile::tempdir().expect("a folder");
    let send = |path: &Path| {
        check_stream(path, IfExists::Refuse).expect("a stream is not replaced");
        let target = Target::hold(path, IfExists::Refuse).expect("nobody holds a stream");
        target.write(|to| to.write_all(b"1,2\n").map_err(|e| cannot_write(path, e))).unwrap_or_else(|e| panic!("{e:?}"))
    };
    let pipe = here.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .expect("a pipe");
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || text(&pipe)
    });
    assert_eq!(send(&pipe).bytes, 4);
    assert_eq!(reader.join().expect("it reads"), "1,2\n");
    let socket = here.path().join("socket");
    let listens = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    send(&socket);
    let mut heard = String::new();
    std::io::Read::read_to_string(&mut listens.accept().expect("it connected").0, &mut heard).expect("it hears");
    assert_eq!(heard, "1,2\n");
    // A number of an open file: what is there stays, and what comes is added.
    let file = here.path().join("file");
    write(&file, "head\n").expect("written");
    let open = std::fs::OpenOptions::new().append(true).open(&file).expect("there");
    send(Path::new(&format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&open))));
    assert_eq!(text(&file), "head\n1,2\n");
    send(Path::new("/dev/null"));
    assert_eq!(names(here.path()), ["file", "pipe", "socket"]);
    for (path, why) in [
        ("/dev/null", "in which nobody can go back"),
        ("/dev/stdout", "in which nobody can go back"),
        ("-", "in which nobody can go back"),
    ] {
        let problem = check(Path::new(path), IfExists::Overwrite).expect_err("it takes no cube");
        assert!(problem.cause_text().expect("said").contains(why), "{problem:?}");
    }
}

#[test]
fn names_of_all_lengths() {
    let here = tempfile::tempdir().expect("a folder");
    for length in [1, 199, 200, 201, 255] {
        let path = here.path().join("é".repeat(length / 2) + &"x".repeat(length % 2));
        built(std::slice::from_ref(&path), IfExists::Refuse).publish().unwrap_or_else(|e| panic!("{length}: {e:?}"));
        assert!(path.is_file());
    }
}

#[test]
fn temporary_folders_of_dead_runs_are_removed() {
    let alive = Temporary::new().expect("there is room");
    write(alive.path.join("a.tif"), "half").expect("there is room");
    let dead = std::env::temp_dir().join("rastra-dead-1");
    create_dir_all(&dead).expect("made");
    write(dead.join("lock"), "held by rastra while it writes here\n").expect("written");
    write(dead.join("b.tif"), "half").expect("written");
    let other = Temporary::new().expect("there is room");
    assert!(alive.path.join("a.tif").exists() && !dead.exists());
    let (one, two) = (alive.path.clone(), other.path.clone());
    drop((alive, other));
    assert!(!one.exists() && !two.exists());
}
