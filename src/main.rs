//! The `rastra` command.

fn main() {
    rastra::command()
}
