//! Setting up the tables of a team in a database, and their state.

use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::address::DatabaseAddress;
use crate::columns::{escaped, unescaped};
use crate::connection::Connection;
use crate::error::DatabaseError;
use crate::rules::update_rules;
use crate::tables::{About, FORM, RULES, RULES_SQL, TABLES, person};

/// A person of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The login at the server: a role of the database.
    pub role: String,
    /// The annotator that it is.
    pub annotator: String,
    /// Whether it sees the judgements of all.
    pub is_lead: bool,
}

/// The outcome for a member that was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberChange {
    /// The member.
    #[serde(flatten)]
    pub member: Member,
    /// `added`, `changed` or `unchanged`.
    pub change: String,
    /// The SQL that an administrator still has to run before it can connect; `None` if nothing is
    /// missing.
    pub missing: Option<String>,
}

/// The outcome of setting up a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// The address, without a password.
    pub address: String,
    /// The version of the server.
    pub server: String,
    /// Whether the tables were made now.
    pub created: bool,
    /// The version of the rules before they were brought up to date; `None` if they were not.
    pub rules_before: Option<i32>,
    /// The version of the rules.
    pub rules: i32,
    /// The members that were named.
    pub members: Vec<MemberChange>,
}

/// The events of a dataset that are visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatasetState {
    /// Its fingerprint.
    pub dataset: String,
    /// The number of events.
    pub events: i64,
    /// The annotators with events.
    pub annotators: Vec<String>,
    /// The time of the last arrival.
    pub last: String,
}

/// The state of a team, as the person who is connected sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamStatus {
    /// The address, without a password.
    pub address: String,
    /// The version of the server.
    pub server: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// The person who is connected, if it is a member.
    pub you: Option<Member>,
    /// The members that are visible.
    pub members: Vec<Member>,
    /// The datasets with events that are visible.
    pub datasets: Vec<DatasetState>,
    /// The events that are there in several versions, as `SESSION/NUMBER`.
    pub versions: Vec<String>,
    /// The version of the rules.
    pub rules: i32,
    /// The words for rules of another version than this program has.
    pub note: Option<String>,
}

/// Makes the tables unless they are there, brings earlier rules of them up to date, and adds
/// members: all of it or nothing. Events and members that are there stay.
///
/// # Errors
/// When the server cannot be reached, is too old, or refuses; then nothing was changed.
pub fn init(address: &DatabaseAddress, members: &[Member]) -> Result<Team, DatabaseError> {
    let connection = Connection::open(address)?;
    let client = connection.client();
    let encoding: String = connection.ask(client.query_one("SELECT current_setting('server_encoding')", &[]))?.get(0);
    if encoding != "UTF8" {
        let words = format!("the database stores text as {encoding}; make one with the encoding UTF8");
        return Err(DatabaseError::Refused(words));
    }
    // Dropping the connection undoes what was not committed.
    let found = About::read(&connection)?;
    let mut rules_before = None;
    match &found {
        Some(About { rules, .. }) if *rules > RULES => {
            let words = format!(
                "the rules of the database are of a newer Tilejury (version {rules}, this one knows {RULES}); update \
                 Tilejury, then run this again"
            );
            return Err(DatabaseError::Refused(words));
        }
        Some(About { rules, .. }) if *rules < RULES => rules_before = update_rules(&connection, address)?,
        Some(_) => connection.ask(client.batch_execute("BEGIN"))?,
        None => {
            connection.ask(client.batch_execute("BEGIN"))?;
            create(&connection, address)?;
        }
    }
    let created = found.is_none();
    let mut changes = Vec::new();
    for member in members {
        changes.push(add(&connection, address, member)?);
    }
    connection.ask(client.batch_execute("COMMIT"))?;
    let (address, server) = (address.to_string(), connection.server.clone());
    Ok(Team { address, server, created, rules_before, rules: RULES, members: changes })
}

fn create(connection: &Connection, address: &DatabaseAddress) -> Result<(), DatabaseError> {
    let (user, database) = (&address.user, &address.database);
    let made = async {
        match connection.client().batch_execute(&format!("{TABLES}{RULES_SQL}")).await {
            Err(error) => match error.code() {
                Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(Some(format!(
                    "“{user}” may not make a schema in the database “{database}”; its owner can allow it: GRANT \
                     CREATE ON DATABASE {} TO {}",
                    identifier(database),
                    identifier(user)
                ))),
                // Both found none, and the other one was first.
                Some(&SqlState::UNIQUE_VIOLATION | &SqlState::DUPLICATE_SCHEMA) => {
                    Ok(Some("somebody else has just made the tables; run the command again".to_owned()))
                }
                _ => Err(error),
            },
            Ok(()) => Ok(None),
        }
    };
    if let Some(reason) = connection.ask(made)? {
        return Err(DatabaseError::Refused(reason));
    }
    let new = uuid::Uuid::new_v4().simple().to_string();
    let sql = "INSERT INTO tilejury.about (form, id, rules) VALUES ($1, $2, $3)";
    connection.ask(connection.client().execute(sql, &[&FORM, &new, &RULES])).map(drop)
}

fn add(connection: &Connection, address: &DatabaseAddress, member: &Member) -> Result<MemberChange, DatabaseError> {
    let client = connection.client();
    let annotator = escaped(&member.annotator).into_owned();
    let known = "SELECT annotator, is_lead FROM tilejury.members WHERE role = $1::text::name";
    let known = connection.ask(client.query_opt(known, &[&member.role])).map_err(not_owner)?;
    let is_same =
        |row: &tokio_postgres::Row| (row.get::<_, String>(0), row.get(1)) == (annotator.clone(), member.is_lead);
    let change = match &known {
        None => "added",
        Some(row) if is_same(row) => "unchanged",
        Some(_) => "changed",
    };
    if change != "unchanged" {
        let sql = "INSERT INTO tilejury.members (role, annotator, is_lead) VALUES ($1::text::name, $2, $3)
                   ON CONFLICT (role) DO UPDATE SET annotator = excluded.annotator, is_lead = excluded.is_lead";
        connection.ask(client.execute(sql, &[&member.role, &annotator, &member.is_lead])).map_err(not_owner)?;
    }
    let missing = missing(connection, client, address, &member.role)?;
    Ok(MemberChange { member: member.clone(), change: change.to_owned(), missing })
}

/// The SQL that a login still needs before it can connect.
fn missing(
    connection: &Connection,
    client: &Client,
    address: &DatabaseAddress,
    role: &str,
) -> Result<Option<String>, DatabaseError> {
    let sql = "SELECT rolcanlogin, has_database_privilege(rolname, current_database(), 'CONNECT') FROM pg_roles
               WHERE rolname = $1::text::name";
    let row = connection.ask(client.query_opt(sql, &[&role]))?;
    let (name, database) = (identifier(role), identifier(&address.database));
    let Some(row) = row else {
        return Ok(Some(format!(
            "CREATE ROLE {name} LOGIN PASSWORD '…'; GRANT CONNECT ON DATABASE {database} TO {name};"
        )));
    };
    let mut parts = Vec::new();
    if !row.get::<_, bool>(0) {
        parts.push(format!("ALTER ROLE {name} LOGIN;"));
    }
    if !row.get::<_, bool>(1) {
        parts.push(format!("GRANT CONNECT ON DATABASE {database} TO {name};"));
    }
    Ok((!parts.is_empty()).then(|| parts.join(" ")))
}

/// The words for a table that only its owner may write.
fn not_owner(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::Values(reason)
            if reason.contains("permission denied") || reason.contains("row-level security") =>
        {
            DatabaseError::Refused(format!("members are added by the login that made the tables: {reason}"))
        }
        other => other,
    }
}

/// A name as SQL spells it.
fn identifier(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The state of a team, as far as the person who is connected may see it.
///
/// # Errors
/// When the server cannot be reached, or has no tables for judgements.
pub fn status(address: &DatabaseAddress) -> Result<TeamStatus, DatabaseError> {
    let connection = Connection::open(address)?;
    let client = connection.client();
    let Some(about) = About::read(&connection)? else {
        let words = "this database has no tables for judgements; make them with `tilejury team init`";
        return Err(DatabaseError::Refused(words.to_owned()));
    };
    let note = about.note(&connection, address)?;
    let you = person(&connection)?;
    let you = you.map(|(annotator, is_lead)| Member { role: address.user.clone(), annotator, is_lead });
    let encrypted = "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)";
    let encrypted = connection.ask(client.query_one(encrypted, &[]))?.get(0);
    let members = "SELECT role::text, annotator, is_lead FROM tilejury.members ORDER BY annotator, role";
    let members = connection.ask(client.query(members, &[]))?;
    let members =
        members.iter().map(|row| Member { role: row.get(0), annotator: unescaped(row.get(1)), is_lead: row.get(2) });
    let datasets = "SELECT dataset, count(*), array_agg(DISTINCT annotator),
                    to_char(max(arrived_at), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM tilejury.events GROUP BY dataset
                    ORDER BY dataset";
    let datasets = connection.ask(client.query(datasets, &[]))?;
    let datasets = datasets.iter().map(|row| DatasetState {
        dataset: unescaped(row.get(0)),
        events: row.get(1),
        annotators: row.get::<_, Vec<String>>(2).into_iter().map(unescaped).collect(),
        last: row.get(3),
    });
    let versions = "SELECT session || '/' || seq FROM tilejury.events GROUP BY dataset, session, seq
                    HAVING count(*) > 1 ORDER BY 1";
    let versions = connection.ask(client.query(versions, &[]))?;
    Ok(TeamStatus {
        address: address.to_string(),
        server: connection.server.clone(),
        encrypted,
        you,
        members: members.collect(),
        datasets: datasets.collect(),
        versions: versions.iter().map(|row| unescaped(row.get(0))).collect(),
        rules: about.rules,
        note,
    })
}
