//! `tilejury completions SHELL` and `tilejury man`: shell completions and man pages, generated from
//! the definition of the command line so that they always match `--help`.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::output::{Output, print_message};
use super::{Cli, Outcome};

#[derive(Args)]
#[command(after_help = "Bash: tilejury completions bash > ~/.local/share/bash-completion/completions/tilejury
Zsh: tilejury completions zsh > FOLDER/_tilejury, where FOLDER is one of $fpath
Fish: tilejury completions fish > ~/.config/fish/completions/tilejury.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    // Written at once: the generator panics if its writer fails, for example on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tilejury", &mut script);
    let mut out = Output::new();
    out.write_all(&script)?;
    out.finish()?;
    Ok(Outcome::Success)
}

#[derive(Args)]
pub(super) struct ManArgs {
    /// A folder for one page per command [default: print the page of `tilejury`]
    folder: Option<PathBuf>,
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<Outcome> {
    let mut whole = Cli::command();
    whole.build();
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        Man::new(whole).render(&mut page)?;
        let mut out = Output::new();
        out.write_all(&page)?;
        out.finish()?;
        return Ok(Outcome::Success);
    };
    let at = |path: &std::path::Path| format!("{}", path.display());
    fs::create_dir_all(folder).with_context(|| at(folder))?;
    let mut pages = 0;
    for (name, command) in with_subcommands("tilejury".to_owned(), &whole) {
        let mut page = Vec::new();
        Man::new(command.clone().display_name(&name)).title(name.to_uppercase()).render(&mut page)?;
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page).with_context(|| at(&path))?;
        pages += 1;
    }
    print_message(&format!("{pages} pages are in {}", folder.display()));
    Ok(Outcome::Success)
}

/// A command and all its subcommands, each with the name of its page, such as
/// `tilejury-bench-export`.
fn with_subcommands(name: String, command: &Command) -> Vec<(String, &Command)> {
    let own = command.get_subcommands().filter(|below| below.get_name() != "help");
    let below = own.flat_map(|below| with_subcommands(format!("{name}-{}", below.get_name()), below));
    let below: Vec<_> = below.collect();
    [vec![(name, command)], below].concat()
}
