//! What shells and `man` know of this program, made from the definition of its command line.

use super::terminal::Terminal;
use super::{FAILED, OK};
use crate::io::place::cannot_write;
use crate::session::Session;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use std::fs;
use std::path::Path;

/// Prints what a shell needs to complete commands and options; returns the exit code.
pub(super) fn completions(shell: Shell, mut command: Command) -> u8 {
    let name = command.get_name().to_string();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    Terminal::new().result(&String::from_utf8_lossy(&script));
    OK
}

/// Prints the manual page of the command, or writes that and those of all its commands to a folder; returns the exit
/// code.
pub(super) fn man(folder: Option<&Path>, command: Command) -> u8 {
    let terminal = Terminal::new();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        // Writing to memory does not fail.
        let _ = Man::new(command).render(&mut page);
        terminal.result(&String::from_utf8_lossy(&page));
        return OK;
    };
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    match written {
        Ok(()) => {
            terminal.result(&format!("manual pages in {0}; read them: man {0}/rastra.1\n", folder.display()));
            OK
        }
        Err(error) => {
            terminal.diagnostics(&Session::new(), &[cannot_write(folder, error)]);
            FAILED
        }
    }
}
