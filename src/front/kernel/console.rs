//! `jupyter console`: it starts a kernel in its own terminal, prints the text of what a cell shows, and opens a window for
//! every picture.

use std::io::IsTerminal;
use std::path::Path;

/// Whether it started this kernel, whose standard output and error are its terminal then.
///
/// What it sends does not tell, because front ends that show pictures themselves, such as `jupyter qtconsole`, send the same.
pub(super) fn is_parent() -> bool {
    // Jupyter's name for the process that started the kernel.
    let parent = std::env::var("JPY_PARENT_PID").ok().and_then(|pid| pid.parse::<u32>().ok());
    std::io::stdout().is_terminal() && parent.is_some_and(|pid| is_console(&command(pid)))
}

/// The first words of the command of a process; none where it cannot be had.
#[cfg(target_os = "linux")]
fn command(pid: u32) -> Vec<String> {
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    words.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

#[cfg(not(target_os = "linux"))]
fn command(pid: u32) -> Vec<String> {
    let told = std::process::Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output();
    let words = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned()).unwrap_or_default();
    words.split_whitespace().map(String::from).collect()
}

/// `python3 /usr/bin/jupyter-console ..` or `python3 -m jupyter_console ..`.
fn is_console(command: &[String]) -> bool {
    let name =
        |word: &String| Path::new(word).file_name().is_some_and(|n| n == "jupyter-console" || n == "jupyter_console");
    command.iter().take(4).any(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_names() {
        let is = |line: &str| is_console(&line.split(' ').map(String::from).collect::<Vec<_>>());
        assert!(is("/usr/bin/python3 /usr/bin/jupyter-console --kernel rastra") && is("python3 -m jupyter_console"));
        assert!(!is("/usr/bin/python3 /usr/bin/jupyter-lab") && !is("jupyter-qtconsole --kernel rastra") && !is(""));
    }
}
