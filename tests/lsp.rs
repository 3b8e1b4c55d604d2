//! The language server as editors meet it: the binary, asked by messages over pipes, and Neovim.

mod answers;
mod editor;
mod life;
mod neovim;
mod typing;
