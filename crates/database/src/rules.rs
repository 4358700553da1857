//! Bringing the rules of tables up to date: functions, triggers, policies and rights. Events,
//! samples and members stay as they are.

use std::thread::sleep;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::address::DatabaseAddress;
use crate::connection::Connection;
use crate::error::DatabaseError;
use crate::tables::{About, RULES, RULES_SQL, init_command, owner};

/// The times in milliseconds for which the tables are waited for. While they are, all others wait
/// as well; between two tries they go on. The first ones end before the server looks for deadlocks.
const WAITS: [u64; 6] = [200, 400, 800, 1_600, 3_200, 6_400];
/// The time for others between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// All tables that the rules are about, in the order in which most statements need them.
const LOCK: &str =
    "LOCK TABLE tilejury.events, tilejury.samples, tilejury.members, tilejury.about IN ACCESS EXCLUSIVE MODE";

/// Brings the rules up to date if they are earlier ones, in the transaction that it leaves open.
/// Returns their version before.
///
/// # Errors
/// When somebody else owns the tables, the rules are newer, or other connections keep the tables.
pub(crate) fn update_rules(connection: &Connection, address: &DatabaseAddress) -> Result<Option<i32>, DatabaseError> {
    let words = not_owner(connection, address)?;
    begin_alone(connection, &words)?;
    // Somebody else may have done it meanwhile.
    let before = About::read(connection)?.map_or(RULES, |about| about.rules);
    if before >= RULES {
        return Ok(None);
    }
    let client = connection.client();
    connection.ask(client.batch_execute(RULES_SQL))?;
    connection.ask(client.execute("UPDATE tilejury.about SET rules = $1", &[&RULES]))?;
    Ok(Some(before))
}

/// The words for a login that may not change the rules.
fn not_owner(connection: &Connection, address: &DatabaseAddress) -> Result<String, DatabaseError> {
    let owner = owner(connection)?;
    let command = init_command(connection, address)?;
    Ok(format!(
        "the rules of the database are of an earlier Tilejury, and “{}” may not change them; their owner, “{owner}”, \
         brings them up to date with `{command}`",
        address.user
    ))
}

/// Begins a transaction in which nobody else reads or adds anything: two that add events by
/// different rules would not wait for each other, and one event could be missed by those who read.
fn begin_alone(connection: &Connection, not_owner: &str) -> Result<(), DatabaseError> {
    let client = connection.client();
    // What is made in it belongs to the owner, also if an administrator runs it.
    let role = "SELECT set_config('role', pg_get_userbyid(nspowner), true) FROM pg_namespace
                WHERE nspname = 'tilejury'";
    for wait in WAITS {
        let sql = format!("BEGIN; {role}; SET LOCAL lock_timeout = {wait}; {LOCK}");
        let begun = async {
            match client.batch_execute(&sql).await {
                Err(error) => match error.code() {
                    Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => Ok(None),
                    Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(Some(false)),
                    _ => Err(error),
                },
                Ok(()) => Ok(Some(true)),
            }
        };
        match connection.ask(begun)? {
            Some(true) => return Ok(()),
            Some(false) => return Err(DatabaseError::Refused(not_owner.to_owned())),
            None => connection.ask(client.batch_execute("ROLLBACK"))?,
        }
        sleep(PAUSE);
    }
    Err(DatabaseError::Unreachable(
        "other connections use the tables, so their rules were not brought up to date; nothing was changed. Run the \
         command again when nobody exchanges; pg_stat_activity lists who is connected"
            .to_owned(),
    ))
}
