//! Runs the cells of a notebook without a front end: `rastra run report.ipynb`.

use super::{Bundle, Notebook, Screen, failure};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::front::origin::Origin;
use crate::front::signal::Watch;
use crate::front::terminal::Terminal;
use crate::front::{OK, SKIPPED, meta, progress, script};
use crate::session::Settings;
use rastra_kernel::Failure;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Runs a notebook in its folder, prints what its cells show, and writes it with that to `output`, also where a cell failed.
/// Returns the exit code.
pub(crate) fn run(path: &Path, output: Option<&Path>, settings: &Settings) -> u8 {
    let terminal = Terminal::new();
    let mut notebook = Notebook::of(progress::session(settings));
    let (mut book, output) = match opened(path, output, settings) {
        Ok(opened) => opened,
        Err(diagnostic) => return script::failed(&terminal, &notebook.session, &[diagnostic], None),
    };
    let watch = Watch::start(notebook.session.cancel_flag());
    let (ran, stopped_by) = watch.during(|| cells(&mut book, &mut notebook, &terminal));
    let text = serde_json::to_string_pretty(&book).unwrap_or_default() + "\n";
    let written = output.map_or(Ok(()), |output| script::replace(&output, &text));
    match (ran, written) {
        (Err(all), _) => script::failed(&terminal, &notebook.session, &all, stopped_by),
        (Ok(()), Err(diagnostic)) => script::failed(&terminal, &notebook.session, &[diagnostic], None),
        (Ok(()), Ok(())) if notebook.skipped => SKIPPED,
        (Ok(()), Ok(())) => OK,
    }
}

/// Reads a notebook and goes to its folder; with it, where it is written to.
fn opened(path: &Path, output: Option<&Path>, settings: &Settings) -> Result<(Value, Option<PathBuf>)> {
    let name = path.display();
    let text = Origin::of(path).read()?;
    let wrong = || Diagnostic::new(codes::WRONG_FORMAT, format!("`{name}` is no notebook"));
    let book: Value = serde_json::from_str(&text).map_err(|e| wrong().cause(e))?;
    if book["nbformat"].as_u64() != Some(4) || !book["cells"].is_array() {
        return Err(wrong().help("a notebook has `\"nbformat\": 4` and cells; older ones are brought up by Jupyter"));
    }
    let said = |key: &str| book["metadata"][key]["name"].as_str().filter(|name| !name.is_empty());
    let language = book["metadata"]["kernelspec"]["language"].as_str().or_else(|| said("language_info"));
    if let Some(language) = language.filter(|language| *language != "rastra") {
        return Err(Diagnostic::new(codes::WRONG_FORMAT, format!("`{name}` is a notebook of {language}"))
            .help("a notebook of Rastra is made in Jupyter with the kernel `Rastra`"));
    }
    let code = book["cells"].as_array().into_iter().flatten().filter(|cell| is_code(cell));
    let programs: Vec<String> = code.map(|cell| meta::program(&source(cell))).collect();
    script::check_params(&programs.join("\n"), &settings.params)?;
    let place = |path: &Path| std::path::absolute(path).map_err(|e| wrong().cause(&e));
    let output = output.map(place).transpose()?;
    let folder = place(path)?;
    std::env::set_current_dir(folder.parent().unwrap_or(&folder)).map_err(|e| wrong().cause(&e))?;
    Ok((book, output))
}

fn is_code(cell: &Value) -> bool {
    cell["cell_type"] == "code"
}

/// The text of a cell, which notebooks keep whole or line by line.
fn source(cell: &Value) -> String {
    match &cell["source"] {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        text => text.as_str().unwrap_or_default().to_string(),
    }
}

/// Runs all cells, until one fails, and writes down what they show.
fn cells(book: &mut Value, notebook: &mut Notebook, terminal: &Terminal) -> Result<(), Vec<Box<Diagnostic>>> {
    let Some(all) = book["cells"].as_array_mut() else { return Ok(()) };
    let mut failed = Ok(());
    let mut number = 0;
    for cell in all.iter_mut().filter(|cell| is_code(cell)) {
        cell["outputs"] = json!([]);
        cell["execution_count"] = Value::Null;
        let text = source(cell);
        if failed.is_err() || text.trim().is_empty() {
            continue;
        }
        number += 1;
        let recorder = Recorder { terminal, outputs: RefCell::default() };
        let ran = notebook.cell(&text, number, &recorder);
        match &ran {
            Ok(Some(result)) => recorder.record("execute_result", result, Some(number)),
            Ok(None) => {}
            Err(all) => {
                let Failure { name, message, traceback } = failure(&notebook.session, all);
                let error = json!({ "output_type": "error", "ename": name, "evalue": message, "traceback": traceback });
                recorder.outputs.borrow_mut().push(error);
            }
        }
        cell["execution_count"] = number.into();
        cell["outputs"] = recorder.outputs.into_inner().into();
        failed = ran.map(|_| ());
    }
    failed
}

/// Prints what a cell shows, and keeps it as notebooks do.
struct Recorder<'a> {
    terminal: &'a Terminal,
    outputs: RefCell<Vec<Value>>,
}

impl Recorder<'_> {
    fn record(&self, kind: &str, bundle: &Bundle, number: Option<u64>) {
        let plain = bundle.data.get("text/plain").and_then(Value::as_str).unwrap_or_default();
        self.terminal.result(&format!("{plain}\n"));
        self.keep(kind, bundle, number);
    }

    fn keep(&self, kind: &str, bundle: &Bundle, number: Option<u64>) {
        let mut output = json!({ "output_type": kind, "data": bundle.data, "metadata": bundle.metadata });
        if let Some(number) = number {
            output["execution_count"] = number.into();
        }
        self.outputs.borrow_mut().push(output);
    }
}

impl Screen for Recorder<'_> {
    fn show(&self, bundle: &Bundle) {
        self.record("display_data", bundle, None);
    }

    fn notes(&self, notes: &[String]) {
        notes.iter().for_each(|note| self.terminal.say(&format!("note: {note}")));
        self.keep("display_data", &super::noted(notes), None);
    }

    fn say(&self, text: &str) {
        self.terminal.say(text.trim_end());
        self.outputs.borrow_mut().push(json!({ "output_type": "stream", "name": "stderr", "text": text }));
    }
}
