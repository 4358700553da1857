//! The tables in a database: whether they are there, of which form and with which rules, and their
//! SQL. Changes nothing.

use std::cmp::Ordering;

use tokio_postgres::error::SqlState;

use crate::address::DatabaseAddress;
use crate::connection::Connection;
use crate::error::DatabaseError;

/// The form of the tables that this version makes and knows: a program that does not know it must
/// not use them.
pub(crate) const FORM: i32 = 1;
/// The version of the rules that this version makes: who sees and adds what. A program can use
/// tables with other rules of the same form.
pub(crate) const RULES: i32 = 2;
/// The SQL that makes the tables.
pub(crate) const TABLES: &str = include_str!("tables.sql");
/// The SQL that makes the rules, for new tables and for those with earlier ones.
pub(crate) const RULES_SQL: &str = include_str!("rules.sql");
/// The channel on which changes are announced.
pub(crate) const CHANNEL: &str = "tilejury";

/// The facts that the tables state of themselves.
pub(crate) struct About {
    /// Their id.
    pub(crate) id: String,
    /// The version of their rules.
    pub(crate) rules: i32,
}

impl About {
    /// The facts about the tables; `None` if there are none.
    ///
    /// # Errors
    /// When there is a schema of this name that is not ours, or of a newer version.
    pub(crate) fn read(connection: &Connection) -> Result<Option<Self>, DatabaseError> {
        let exists = connection.client().query_one("SELECT to_regnamespace('tilejury') IS NOT NULL", &[]);
        if !connection.ask(exists)?.get::<_, bool>(0) {
            return Ok(None);
        }
        // One question, whose error has a code that tells the cases apart. The first rules had no
        // number.
        let sql = "SELECT form, id, coalesce((to_jsonb(about) ->> 'rules')::int4, 1) FROM tilejury.about";
        let question = async {
            match connection.client().query_opt(sql, &[]).await {
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
                other => other,
            }
        };
        let Some(row) = connection.ask(question)? else {
            let words = "the database has a schema “tilejury” that is not of this program";
            return Err(DatabaseError::Refused(words.to_owned()));
        };
        let (form, id, rules): (i32, String, i32) = (row.get(0), row.get(1), row.get(2));
        if form > FORM {
            let words =
                format!("the tables are of a newer Tilejury (form {form}, this one knows {FORM}); update Tilejury");
            return Err(DatabaseError::Refused(words));
        }
        Ok(Some(Self { id, rules }))
    }

    /// The words for a person if the rules are not those of this version, with the command that
    /// helps. They hold nobody up: the server keeps the rules that it has.
    ///
    /// # Errors
    /// When the owner of the tables cannot be looked up.
    pub(crate) fn note(
        &self,
        connection: &Connection,
        address: &DatabaseAddress,
    ) -> Result<Option<String>, DatabaseError> {
        let rules = self.rules;
        Ok(match rules.cmp(&RULES) {
            Ordering::Equal => None,
            Ordering::Greater => Some(format!(
                "the rules of the database are of a newer Tilejury (version {rules}, this one knows {RULES}); they hold \
                 here too, but update Tilejury on this machine"
            )),
            Ordering::Less => Some(format!(
                "the rules of the database are of an earlier Tilejury (version {rules}, this one has {RULES}); they \
                 hold until its owner brings them up to date with `{}`",
                init_command(connection, address)?
            )),
        })
    }
}

/// The command by which the owner of the tables brings their rules up to date and adds members.
///
/// # Errors
/// When the owner cannot be looked up.
pub(crate) fn init_command(connection: &Connection, address: &DatabaseAddress) -> Result<String, DatabaseError> {
    let address = address.of_login(&owner(connection)?).to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:@._-%".contains(c);
    let quote = if address.chars().all(is_plain) { "" } else { "'" };
    Ok(format!("tilejury team init {quote}{address}{quote}"))
}

/// The login that made the tables.
///
/// # Errors
/// When it cannot be looked up.
pub(crate) fn owner(connection: &Connection) -> Result<String, DatabaseError> {
    let sql = "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'tilejury'";
    Ok(connection.ask(connection.client().query_one(sql, &[]))?.get(0))
}

/// The person who is connected: the annotator and whether it leads; `None` if it is not a member.
///
/// # Errors
/// When it cannot be looked up.
pub(crate) fn person(connection: &Connection) -> Result<Option<(String, bool)>, DatabaseError> {
    let row = connection.ask(connection.client().query_one("SELECT tilejury.annotator(), tilejury.is_lead()", &[]))?;
    let annotator: Option<String> = row.get(0);
    Ok(annotator.map(|annotator| (crate::columns::unescaped(annotator), row.get(1))))
}
