//! The `rastra` command.

fn main() -> std::process::ExitCode {
    rastra::command()
}
