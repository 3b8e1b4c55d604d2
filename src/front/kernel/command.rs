//! `rastra kernel`: its arguments and its commands.

use super::{Install, InstallScope};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `rastra kernel`.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Register this program with Jupyter, so that notebooks offer Rastra.
    #[command(after_help = "Then: jupyter lab, and choose Rastra. For this user unless a place is given.")]
    Install {
        #[command(flatten)]
        place: KernelPlace,
        /// The name in menus.
        #[arg(long, value_name = "TEXT", default_value = "Rastra")]
        display_name: String,
        /// Replace a kernel of the same name.
        #[arg(long)]
        force: bool,
        /// Leave out the small extension that colors programs in JupyterLab 4.
        #[arg(long)]
        without_lab_extension: bool,
    },
    /// Remove what `install` wrote.
    Uninstall {
        #[command(flatten)]
        place: KernelPlace,
    },
    /// Serve the connection of a file; Jupyter does this.
    Serve { connection_file: PathBuf },
}

/// Where Jupyter looks for kernels.
#[derive(Args)]
pub(crate) struct KernelPlace {
    /// For this user (the default).
    #[arg(long, conflicts_with_all = ["sys_prefix", "prefix"])]
    user: bool,
    /// In the Python environment that is active.
    #[arg(long, conflicts_with = "prefix")]
    sys_prefix: bool,
    /// Below this folder.
    #[arg(long, value_name = "FOLDER")]
    prefix: Option<PathBuf>,
    /// The name by which Jupyter knows the kernel.
    #[arg(long, default_value = super::NAME)]
    name: String,
}

impl KernelPlace {
    fn place(&self) -> InstallScope {
        match &self.prefix {
            Some(prefix) => InstallScope::Prefix(prefix.clone()),
            None if self.sys_prefix => InstallScope::Environment,
            None => InstallScope::User,
        }
    }
}

impl Command {
    /// Runs the command. Returns the exit code.
    pub(crate) fn run(self) -> u8 {
        match self {
            Command::Install { place, display_name, force, without_lab_extension } => {
                let with_lab_extension = !without_lab_extension;
                let (name, display_name) = (&place.name, &display_name);
                super::install(&place.place(), &Install { name, display_name, force, with_lab_extension })
            }
            Command::Uninstall { place } => super::uninstall(&place.place(), &place.name),
            Command::Serve { connection_file } => super::serve(&connection_file),
        }
    }
}
