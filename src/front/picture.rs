//! Pictures at the prompt and in scripts: they are written to a file, and shown if the terminal can show pictures.
//!
//! **Invariant:** a terminal is never asked what it can do. Not all answer, and an answer would mix with what is typed.
//! Variables of the environment tell enough.

mod drawn;

use crate::show::encode;
use crate::show::plot::{self, Cell};
use drawn::Pixels;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How the folders are called, before the number of their process.
const PREFIX: &str = "rastra-";

/// The most columns of a terminal that a picture takes.
const WIDEST: usize = 100;

/// How long pictures of a process that ended are left for whoever looks at them.
const LEFT: Duration = Duration::from_secs(600);

/// Writes a picture among the temporary files of this process.
pub(super) fn keep(png: &[u8]) -> io::Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let folder = own_folder();
    if !folder.exists() {
        remove_old();
    }
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("picture-{}.png", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, png)?;
    Ok(path)
}

/// Removes what [`keep`] wrote, at the end of a prompt.
pub(super) fn remove() {
    remove_pictures(&own_folder());
}

fn own_folder() -> PathBuf {
    std::env::temp_dir().join(format!("{PREFIX}{}", std::process::id()))
}

/// Removes the pictures of processes that ended, unless somebody may be looking at them still.
fn remove_old() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|pid| pid.parse().ok());
        let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) else { continue };
        let is_old = || {
            entry.metadata().and_then(|seen| seen.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT))
        };
        if rustix::process::test_kill_process(pid).is_err() && is_old() {
            remove_pictures(&entry.path());
        }
    }
}

/// Removes a folder if nothing but pictures lies in it.
fn remove_pictures(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("picture-") {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let _ = std::fs::remove_dir(folder);
}

/// Columns and rows for pictures in the cells of the terminal that standard output is, where it shows none in another way.
pub(super) fn screen() -> Option<[usize; 2]> {
    let out = io::stdout();
    let way = Way::of(|name| std::env::var(name).unwrap_or_default()).filter(|_| out.is_terminal())?;
    let size = rustix::termios::tcgetwinsize(&out).ok()?;
    matches!(way, Way::Blocks { .. }).then(|| room(usize::from(size.ws_col), usize::from(size.ws_row)))
}

/// How the terminal that standard output is shows pictures, in words.
pub(super) fn told() -> &'static str {
    if !io::stdout().is_terminal() {
        return "none; pictures are kept as files";
    }
    match Way::of(|name| std::env::var(name).unwrap_or_default()) {
        Some(Way::Kitty) => "shows pictures, by the protocol of kitty",
        Some(Way::Iterm) => "shows pictures, by the protocol of iTerm2",
        Some(Way::Sixel) => "shows pictures, by Sixel",
        Some(Way::Blocks { all_colors: true }) => "shows pictures as colored cells, in all colors",
        Some(Way::Blocks { all_colors: false }) => "shows pictures as colored cells, in 256 colors",
        None => "shows no pictures, for want of colors; they are kept as files",
    }
}

/// The cells that a picture takes: as wide as fits, and as tall as a chart is, so that the typed line stays visible.
fn room(columns: usize, rows: usize) -> [usize; 2] {
    let columns = WIDEST.min(columns).max(20);
    [columns, (columns * 3 / 10).min(rows.saturating_sub(4)).max(8)]
}

/// Shows a picture in the terminal that standard output is.
pub(super) fn show(png: &[u8], cells: &[Vec<Cell>]) {
    if let Some(text) = text(png, cells) {
        let mut out = io::stdout().lock();
        // A closed terminal is no failure, because the picture is in the file.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// What shows a picture in the terminal that standard output is, by its cells where it shows no pictures; of an animation
/// the first frame. Nothing where there is no terminal, or one without colors.
pub(super) fn text(png: &[u8], cells: &[Vec<Cell>]) -> Option<String> {
    let out = io::stdout();
    let way = Way::of(|name| std::env::var(name).unwrap_or_default()).filter(|_| out.is_terminal())?;
    let size = rustix::termios::tcgetwinsize(&out).ok()?;
    let pixels = Pixels::from_rgba(encode::read(png).ok()?);
    let window = (usize::from(size.ws_col), usize::from(size.ws_row));
    let columns = columns(window, (pixels.width, pixels.height));
    Some(match way {
        Way::Kitty => drawn::kitty(png, columns),
        Way::Iterm => drawn::iterm(png, columns),
        Way::Sixel => {
            // A terminal that does not report the size of its cells mostly has cells 8 pixels wide.
            let cell = (usize::from(size.ws_xpixel) / window.0.max(1)).max(8);
            drawn::sixel(&pixels, columns * cell).unwrap_or_else(|| drawn::blocks(&pixels, columns, true))
        }
        Way::Blocks { all_colors } if cells.is_empty() => drawn::blocks(&pixels, columns, all_colors),
        Way::Blocks { all_colors } => drawn::written(cells, all_colors),
    })
}

/// The colors of a map, in some cells; nothing where the terminal has none.
pub(super) fn swatch(map: &str, cells: usize) -> Option<String> {
    let all_colors = match Way::of(|name| std::env::var(name).unwrap_or_default())? {
        Way::Kitty | Way::Iterm | Way::Sixel => true,
        Way::Blocks { all_colors } => all_colors,
    };
    let cell = |ink| Cell { letter: '█', ink: Some(ink), paper: None };
    let row = plot::colors(map, cells).into_iter().map(cell).collect();
    Some(drawn::written(&[row], all_colors).trim_end().to_string())
}

/// The columns of a picture: as many as fit, so that the typed line stays visible, where a cell is about twice as tall
/// as wide. Small pictures are not enlarged.
fn columns((columns, rows): (usize, usize), (width, height): (usize, usize)) -> usize {
    let fits = 2 * rows.saturating_sub(4) * width / height.max(1);
    WIDEST.min(columns).min(fits).min(width).max(1)
}

/// How a terminal shows pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Kitty,
    Iterm,
    Sixel,
    /// Half blocks, in all colors or in the 256 colors of older terminals.
    Blocks {
        all_colors: bool,
    },
}

impl Way {
    /// The way for a terminal; nothing if it has no colors or the user wants none.
    fn of(var: impl Fn(&str) -> String) -> Option<Way> {
        let (term, program) = (var("TERM"), var("TERM_PROGRAM"));
        let set = |name: &str| !var(name).is_empty();
        if ["", "dumb", "linux"].contains(&term.as_str()) || set("NO_COLOR") {
            return None;
        }
        // Multiplexers show no pictures, but keep the variables of the terminal in which they run.
        let inside = set("TMUX") || set("STY") || ["screen", "tmux"].iter().any(|name| term.starts_with(name));
        if !inside {
            let is = |names: &[&str]| names.iter().any(|name| term.contains(name) || program == *name);
            // Konsole has Sixel since 22.04.
            let konsole = var("KONSOLE_VERSION").parse::<u32>().is_ok_and(|version| version >= 220_400);
            if set("KITTY_WINDOW_ID") || is(&["kitty", "ghostty"]) {
                return Some(Way::Kitty);
            }
            if is(&["iTerm.app", "WezTerm", "mintty"]) || var("LC_TERMINAL") == "iTerm2" {
                return Some(Way::Iterm);
            }
            if is(&["foot", "mlterm", "yaft", "contour"]) || konsole {
                return Some(Way::Sixel);
            }
        }
        let all_colors = ["truecolor", "24bit"].contains(&var("COLORTERM").as_str()) || term.ends_with("-direct");
        Some(Way::Blocks { all_colors })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_say_what_they_can() {
        let way = |vars: &[(&str, &str)]| {
            Way::of(|name| vars.iter().find(|(n, _)| *n == name).map_or(String::new(), |(_, value)| value.to_string()))
        };
        let blocks = |all_colors| Some(Way::Blocks { all_colors });
        assert_eq!(way(&[("TERM", "xterm-kitty")]), Some(Way::Kitty));
        assert_eq!(way(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")]), Some(Way::Iterm));
        assert_eq!(way(&[("TERM", "foot-extra")]), Some(Way::Sixel));
        assert_eq!(way(&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230800")]), Some(Way::Sixel));
        assert_eq!(way(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), blocks(true));
        assert_eq!(way(&[("TERM", "xterm-256color")]), blocks(false));
        assert_eq!(way(&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1"), ("TMUX", "x")]), blocks(false));
        assert_eq!(way(&[("TERM", "dumb"), ("KITTY_WINDOW_ID", "1")]), None);
        assert_eq!(way(&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")]), None);
        assert_eq!(way(&[]), None);
    }

    #[test]
    fn cells_fit() {
        assert_eq!(room(80, 40), [80, 24]);
        assert_eq!(room(200, 24), [100, 20]);
        assert_eq!(room(0, 0), [20, 8]);
    }

    #[test]
    fn pictures_fit() {
        assert_eq!(columns((80, 24), (800, 600)), 53);
        assert_eq!(columns((40, 60), (800, 600)), 40);
        assert_eq!(columns((300, 200), (800, 600)), WIDEST);
        assert_eq!(columns((80, 24), (6, 600)), 1);
        assert_eq!(columns((80, 24), (12, 12)), 12);
        assert_eq!(columns((0, 0), (12, 12)), 1);
    }
}
