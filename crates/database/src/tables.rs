//! The tables in a database: whether they are there and of which form, and their SQL.

use tokio_postgres::error::SqlState;

use crate::connection::Connection;
use crate::error::DatabaseError;

/// The form of the tables that this version makes and knows.
pub(crate) const FORM: i32 = 1;
/// The SQL that makes them.
pub(crate) const TABLES: &str = include_str!("tables.sql");
/// The channel on which changes are announced.
pub(crate) const CHANNEL: &str = "tilejury";

/// The id of the tables; `None` if there are none.
///
/// # Errors
/// When there is a schema of this name that is not ours, or of a newer version.
pub(crate) fn id(connection: &Connection) -> Result<Option<String>, DatabaseError> {
    let exists = connection.client().query_one("SELECT to_regnamespace('tilejury') IS NOT NULL", &[]);
    if !connection.ask(exists)?.get::<_, bool>(0) {
        return Ok(None);
    }
    // One question, whose error has a code that tells the cases apart.
    let question = async {
        match connection.client().query_opt("SELECT form, id FROM tilejury.about", &[]).await {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
            other => other,
        }
    };
    let Some(row) = connection.ask(question)? else {
        let words = "the database has a schema “tilejury” that is not of this program";
        return Err(DatabaseError::Refused(words.to_owned()));
    };
    let (form, id): (i32, String) = (row.get(0), row.get(1));
    if form > FORM {
        let words = format!("the tables are of a newer Tilejury (form {form}, this one knows {FORM}); update Tilejury");
        return Err(DatabaseError::Refused(words));
    }
    Ok(Some(id))
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
