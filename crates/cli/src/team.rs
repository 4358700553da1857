//! `tilejury team`: sets up a database for a team, and shows its state.

use clap::{Args, Subcommand};
use tilejury_app::team::{Member, Team, TeamStatus, init, status};
use tilejury_audit::text::count;

use super::Outcome;
use super::output::{Output, print_message};

#[derive(Args)]
pub(super) struct TeamArgs {
    #[command(subcommand)]
    command: TeamCommand,
}

#[derive(Subcommand)]
enum TeamCommand {
    /// Make the tables in a database unless they are there, bring their rules up to date, and add
    /// people
    Init(InitArgs),
    /// Show who is in a team, and what is in the database
    Status(StatusArgs),
}

#[derive(Args)]
#[command(
    after_help = "The tables are in a schema `tilejury`, which the login must be allowed to make. Run again, it adds people, \
    and brings the rules of tables that an earlier version made up to date; judgements and people stay. \
    Nothing in it makes logins: the SQL for those that are missing is printed. The password is that of the address, of PGPASSWORD \
    or of ~/.pgpass; it is not stored."
)]
struct InitArgs {
    /// The database: postgresql://USER@HOST/DATABASE
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// A person who sees the judgements of all: the name as annotator, or NAME=LOGIN if the login
    /// at the server is another one
    #[arg(long, value_name = "NAME")]
    lead: Vec<String>,
    /// A person who sees and sends only what is under this name, or NAME=LOGIN
    #[arg(long, value_name = "NAME")]
    annotator: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct StatusArgs {
    /// The database: postgresql://USER@HOST/DATABASE
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &TeamArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        TeamCommand::Init(args) => run_init(args),
        TeamCommand::Status(args) => match status(&args.address) {
            Ok(status) => print_status(&status, args.json),
            Err(error) => refused(&error.to_string()),
        },
    }
}

fn refused(reason: &str) -> anyhow::Result<Outcome> {
    print_message(&format!("tilejury: {reason}"));
    Ok(Outcome::Findings)
}

/// A person as named on the command line.
fn member(text: &str, is_lead: bool) -> Member {
    let (annotator, role) = text.rsplit_once('=').unwrap_or((text, text));
    Member { role: role.trim().to_owned(), annotator: annotator.trim().to_owned(), is_lead }
}

fn run_init(args: &InitArgs) -> anyhow::Result<Outcome> {
    let leads = args.lead.iter().map(|text| member(text, true));
    let members: Vec<Member> = leads.chain(args.annotator.iter().map(|text| member(text, false))).collect();
    for (at, member) in members.iter().enumerate() {
        if member.role.is_empty() || member.annotator.is_empty() {
            return refused("a person needs a name: --annotator NAME, or --annotator NAME=LOGIN");
        }
        if members.iter().take(at).any(|other| other.role == member.role) {
            return refused(&format!("the login “{}” is named twice", member.role));
        }
    }
    match init(&args.address, &members) {
        Ok(team) => print_team(&team, args.json),
        Err(error) => refused(&error.to_string()),
    }
}

fn print_team(team: &Team, is_json: bool) -> anyhow::Result<Outcome> {
    let mut out = Output::new();
    if is_json {
        out.json(team)?;
    } else {
        let made = if team.created { "made the tables in" } else { "the tables are there already:" };
        out.line(&format!("{made} {} (PostgreSQL {})", team.address, team.server))?;
        if let Some(before) = team.rules_before {
            let (rules, stays) = (team.rules, "all judgements and people stay");
            out.line(&format!("brought their rules up to date, from version {before} to {rules}; {stays}"))?;
        }
        for change in &team.members {
            out.line(&format!("{}: {}", in_words(&change.member), change.change))?;
        }
        let missing: Vec<&str> = team.members.iter().filter_map(|change| change.missing.as_deref()).collect();
        if !missing.is_empty() {
            out.line("An administrator of the server still has to run this, with passwords of your own:")?;
            for sql in missing {
                out.line(&format!("  {sql}"))?;
            }
        }
        if team.members.is_empty() {
            out.line("add people with --lead and --annotator")?;
        } else {
            let place = team.address.split_once('@').map_or(&*team.address, |(_, place)| place);
            let (command, own) = ("tilejury sync DATASET --with", format!("'postgresql://LOGIN@{place}'"));
            out.line(&format!("each person then runs, with their own login: {command} {own}"))?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}

/// A member in words: the name, the login if it differs, and what it sees.
fn in_words(member: &Member) -> String {
    let login = if member.role == member.annotator { String::new() } else { format!(" (login {})", member.role) };
    let sees = if member.is_lead { "lead, sees all" } else { "annotator, sees its own" };
    format!("{}{login}, {sees}", member.annotator)
}

fn print_status(status: &TeamStatus, is_json: bool) -> anyhow::Result<Outcome> {
    let mut out = Output::new();
    if is_json {
        out.json(status)?;
    } else {
        let encrypted = if status.encrypted { "encrypted" } else { "not encrypted" };
        out.line(&format!("{} (PostgreSQL {}), {encrypted}", status.address, status.server))?;
        if let Some(note) = &status.note {
            out.line(&format!("note: {note}"))?;
        }
        match &status.you {
            Some(you) => out.line(&format!("you are {}", in_words(you)))?,
            None => out.line("your login is not a member of the team")?,
        }
        for member in status.members.iter().filter(|member| status.you.as_ref() != Some(member)) {
            out.line(&format!("member: {}", in_words(member)))?;
        }
        for dataset in &status.datasets {
            let changes = count(usize::try_from(dataset.events).unwrap_or_default(), "change");
            let annotators = dataset.annotators.join(", ");
            out.line(&format!(
                "dataset {}: {changes} by {annotators}; the last arrived {}",
                dataset.dataset, dataset.last
            ))?;
        }
        if !status.versions.is_empty() {
            let versions = count(status.versions.len(), "change");
            out.line(&format!("{versions} in several versions: {}", status.versions.join(", ")))?;
        }
    }
    out.finish()?;
    let is_clean = status.versions.is_empty() && status.you.is_some();
    Ok(if is_clean { Outcome::Success } else { Outcome::Findings })
}
