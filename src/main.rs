//! The `rastra` command: reads its arguments and opens one of the doors.

use rastra::session::Session;

fn main() {
    let mut session = Session::new();
    let text = std::env::args().nth(2).unwrap_or_default();
    let r = session.run("program", &text, &mut |a| {
        if let Some(o) = &a.output {
            print!("{}", o.plain())
        }
        for n in &a.notes {
            eprintln!("note: {n}")
        }
        if let Some(r) = &a.report {
            eprintln!("{r}")
        }
    });
    if let Err(all) = r {
        for d in all {
            eprint!("{}", session.render(&d, Default::default()));
        }
        std::process::exit(1);
    }
}
