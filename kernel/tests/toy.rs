//! A language of commands: `print 3 text`, `show`, `wait 5`, `fail`, `ask`, `panic`; anything else is echoed.

use rastra_kernel::{Assist, Bundle, Cell, Completeness, Completions, Failure, Info, Language, Match};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Toy {
    /// What an interrupt must not lose.
    cells: usize,
}

impl Language for Toy {
    fn info(&self) -> Info {
        Info {
            name: "toy".into(),
            version: "1".into(),
            file_extension: ".toy".into(),
            mimetype: "text/plain".into(),
            banner: "Toy".into(),
            ..Info::default()
        }
    }

    fn execute(&mut self, code: &str, cell: &Cell) -> Result<Option<Bundle>, Failure> {
        self.cells += 1;
        let (word, rest) = code.split_once(' ').unwrap_or((code, ""));
        match word {
            "print" => {
                let (n, text) = rest.split_once(' ').unwrap_or((rest, "line"));
                for i in 0..n.parse::<usize>().unwrap_or(1) {
                    if cell.is_canceled() {
                        return Err(Failure::interrupted());
                    }
                    cell.stdout(&format!("{i} {text}\n"));
                }
                Ok(None)
            }
            "show" => {
                cell.display_as("bar", &Bundle::plain("0 %"));
                cell.stderr("half way\n");
                cell.update("bar", &Bundle::plain("100 %"));
                Ok(Some(Bundle::plain("shown").with("text/html", "<b>shown</b>")))
            }
            "large" => {
                let text = "x".repeat(rest.parse().unwrap_or(0));
                cell.display(&Bundle::plain(text));
                Ok(None)
            }
            "wait" => {
                let until = Instant::now() + Duration::from_secs_f64(rest.parse().unwrap_or(1.0));
                while Instant::now() < until {
                    if cell.is_canceled() {
                        return Err(Failure::interrupted());
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(None)
            }
            "fail" => {
                Err(Failure { name: "E1".into(), message: "failed".into(), traceback: vec!["failed here".into()] })
            }
            "panic" => panic!("on purpose"),
            "ask" => match cell.input("name? ", false) {
                Ok(name) => Ok(Some(Bundle::plain(format!("hello {name}")))),
                Err(why) => Err(Failure { name: "NoInput".into(), message: format!("{why:?}"), traceback: vec![] }),
            },
            "cells" => Ok(Some(Bundle::plain(self.cells.to_string()))),
            "" => Ok(None),
            _ => Ok(Some(Bundle::plain(code))),
        }
    }

    fn assist(&self) -> Arc<dyn Assist> {
        Arc::new(Words)
    }
}

struct Words;

impl Assist for Words {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let start = code[..cursor].rfind(' ').map_or(0, |at| at + 1);
        let typed = &code[start..cursor];
        let fits = ["print", "panic", "ask"].into_iter().filter(|word| word.starts_with(typed));
        let matches = fits.map(|w| Match { text: w.into(), kind: "word".into(), detail: String::new() }).collect();
        Completions { start, end: cursor, matches }
    }

    fn inspect(&self, code: &str, _: usize) -> Option<Bundle> {
        code.starts_with("print").then(|| Bundle::plain("prints").with("text/markdown", "`print` prints"))
    }

    fn is_complete(&self, code: &str) -> Completeness {
        match code.trim_end() {
            code if code.ends_with('|') => Completeness::Incomplete { indent: "  ".into() },
            code if code.contains(')') => Completeness::Invalid,
            _ => Completeness::Complete,
        }
    }
}
