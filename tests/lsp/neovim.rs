//! A real client: Neovim, set up as the documentation says, opens a program and mends it by its own `vim.lsp`.

use crate::support::root;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn works_in_neovim() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("ä 1.rastra");
    fs::write(&program, "let ok = \"ä😀\"; ramp 24 4 | resmaple 1y mean\nlet x = ramp 2  2\n$x | cro\n").unwrap();
    let page = fs::read_to_string(root().join("docs/editors.md")).unwrap();
    let config = page.split("```lua\n").nth(1).unwrap().split("```").next().unwrap();
    fs::write(folder.path().join("init.lua"), config).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_rastra")).parent().unwrap();
    let ran = Command::new("nvim")
        .args(["--headless", "-n", "-u", "init.lua", "-i", "NONE", "-c"])
        .arg(format!("luafile {}", root().join("tests/lsp/neovim.lua").display()))
        .arg(&program)
        .env("PATH", format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default()))
        .env("XDG_STATE_HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .expect("Neovim is missing: `./setup.sh test` installs it and runs this");
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert!(ran.status.success() && said.contains("all is well"), "{said}");
    assert_eq!(
        fs::read_to_string(&program).unwrap(),
        "let ok = \"ä😀\"; ramp 24 4 | resample 1y mean\nlet y = ramp 2 2\n$y | crop bbox 500000 4999980 500010 4999990\n"
            .replace("; ", "\n")
    );
}
