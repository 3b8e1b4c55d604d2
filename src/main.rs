//! The `rastra` command.

fn main() {
    rastra::command(std::env::args_os())
}
