//! A connection to a database: making it, asking within a time, and what the server announces.

use std::future::{Future, poll_fn};
use std::time::Duration;

use tilejury_network::{spawn, wait};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Connection as Running, Socket};

use crate::address::{DatabaseAddress, Protection};
use crate::error::DatabaseError;
use crate::tls::{Connector, Encrypted};

/// The time for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The time for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The earliest server that is tested; before it, Debian has none that gets corrections.
const SINCE: i32 = 130_000;

/// A connection. It ends with its owner.
pub(crate) struct Connection {
    client: Client,
    login: String,
    /// The version of the server in words.
    pub(crate) server: String,
    /// Announcements of changes; at most one waits.
    announced: Receiver<()>,
}

impl Connection {
    /// Connects, and prepares the connection.
    ///
    /// # Errors
    /// When the server cannot be reached, is not trusted, refuses the login, or is too old.
    pub(crate) fn open(address: &DatabaseAddress) -> Result<Self, DatabaseError> {
        let mut config = Config::new();
        config.host(&address.host).port(address.port).user(&address.user).dbname(&address.database);
        config.application_name("tilejury").connect_timeout(CONNECT_WITHIN);
        config.keepalives_idle(Duration::from_secs(60));
        if let Some(password) = &address.password {
            config.password(&password.0);
        }
        config.ssl_mode(match address.protection {
            _ if address.host.starts_with('/') => SslMode::Disable,
            Protection::Disable => SslMode::Disable,
            Protection::Prefer => SslMode::Prefer,
            Protection::Require | Protection::VerifyCa | Protection::VerifyFull => SslMode::Require,
        });
        let connector = Connector::new(address)?;
        let connecting = async { timeout(CONNECT_WITHIN, config.connect(connector)).await };
        let connected = wait(connecting).map_err(|error| DatabaseError::Unreachable(error.to_string()))?;
        let silent = |_| DatabaseError::Unreachable("the server does not answer".to_owned());
        let (client, running) = connected.map_err(silent)?.map_err(|error| of_opening(&error, address))?;
        let (announce, announced) = channel(1);
        spawn(run(running, announce)).map_err(|error| DatabaseError::Unreachable(error.to_string()))?;
        let mut connection = Self { client, login: address.user.clone(), server: String::new(), announced };
        connection.prepare()?;
        Ok(connection)
    }

    fn prepare(&mut self) -> Result<(), DatabaseError> {
        let settings = "SET search_path = pg_catalog; SET client_min_messages = warning; \
                        SET statement_timeout = '60s'; SET lock_timeout = '15s'; SET timezone = 'UTC'";
        self.ask(self.client.batch_execute(settings))?;
        let sql = "SELECT current_setting('server_version_num')::int4, current_setting('server_version')";
        let row = self.ask(self.client.query_one(sql, &[]))?;
        let (number, words): (i32, String) = (row.get(0), row.get(1));
        self.server = words;
        if number < SINCE {
            let least = SINCE / 10_000;
            let words = format!("the server is PostgreSQL {}; {least} or later is needed", self.server);
            return Err(DatabaseError::Refused(words));
        }
        Ok(())
    }

    /// The client, for questions that [`Self::ask`] asks.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Waits for the answer to a question.
    ///
    /// # Errors
    /// When the server refuses, is gone, or does not answer.
    pub(crate) fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DatabaseError> {
        let answered = wait(async { timeout(ANSWER_WITHIN, question).await });
        let answered = answered.map_err(|error| DatabaseError::Unreachable(error.to_string()))?;
        let silent = |_| DatabaseError::Unreachable("the server does not answer".to_owned());
        answered.map_err(silent)?.map_err(|error| DatabaseError::of(&error, &self.login))
    }

    /// Whether the connection has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Waits for an announcement. Returns whether one came; `None` if the connection has ended.
    pub(crate) fn announcement(&mut self, at_most: Duration) -> Option<bool> {
        match wait(async { timeout(at_most, self.announced.recv()).await }).ok()? {
            Ok(Some(())) => Some(true),
            Ok(None) => None,
            Err(_) => Some(false),
        }
    }
}

/// Adds to a refused password the reason why no other was found.
fn of_opening(error: &tokio_postgres::Error, address: &DatabaseAddress) -> DatabaseError {
    let words = DatabaseError::of(error, &address.user);
    if address.password.is_some() || !words.to_string().contains("password missing") {
        return words;
    }
    let hint = "put it into PGPASSWORD or the file ~/.pgpass";
    let ignored = address.ignored_file.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
    DatabaseError::Refused(format!("the server asks for the password of “{}”: {hint}{ignored}", address.user))
}

/// Runs a connection to its end.
async fn run(mut running: Running<Socket, Encrypted>, announce: Sender<()>) {
    while let Some(Ok(message)) = poll_fn(|cx| running.poll_message(cx)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            // One that waits announces this one as well.
            let _ = announce.try_send(());
        }
    }
}
