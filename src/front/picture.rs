//! Pictures at the prompt and in scripts, where there is no page for them: a file, and what the terminal can show of it.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cells of a terminal that a picture takes at most.
const WIDEST: u32 = 100;

/// Writes a picture among the temporary files of this process.
pub fn keep(png: &[u8]) -> io::Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let folder = std::env::temp_dir().join(format!("rastra-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("picture-{}.png", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, png)?;
    Ok(path)
}

/// Shows a picture in the terminal that standard output is: as pixels where the terminal says of itself that it draws
/// them, else by blocks of two colors. Of an animation the first frame.
pub fn show(png: &[u8]) {
    let dumb = var("TERM").is_empty() || var("TERM") == "dumb";
    if dumb || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return;
    }
    let Ok(image) = image::load_from_memory_with_format(png, image::ImageFormat::Png) else { return };
    let (columns, rows) = viuer::terminal_size();
    // A cell is about twice as tall as wide; what was typed stays in sight.
    let fits = 2 * u32::from(rows.saturating_sub(4)) * image.width() / image.height().max(1);
    let config = viuer::Config {
        transparent: true,
        absolute_offset: false,
        width: Some(WIDEST.min(u32::from(columns)).min(fits).max(1)),
        // Only where the answer is known: asking a terminal that does not answer would wait for ever.
        use_kitty: speaks_kitty(),
        use_sixel: speaks_sixel(),
        ..viuer::Config::default()
    };
    // A terminal that cannot is no failure: the file is there.
    let _ = viuer::print(&image, &config);
}

fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn speaks_kitty() -> bool {
    // Between the two a multiplexer lets no pictures through.
    var("TMUX").is_empty()
        && (!var("KITTY_WINDOW_ID").is_empty()
            || var("TERM").contains("kitty")
            || ["ghostty", "WezTerm"].contains(&var("TERM_PROGRAM").as_str()))
}

fn speaks_sixel() -> bool {
    let term = var("TERM");
    var("TMUX").is_empty() && ["foot", "mlterm", "yaft", "contour"].iter().any(|name| term.starts_with(name))
}
