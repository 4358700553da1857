//! A database as a place of events: reading what arrived, and adding what is new.

use std::io;
use std::sync::LazyLock;

use tilejury_audit::exchange::{ArrivedEvents, ChangeWatch, EventPlace, PlaceView, SentEvents};
use tokio_postgres::types::ToSql;

use crate::address::DatabaseAddress;
use crate::columns::{TEXTS, digest, escaped, event, texts, unescaped};
use crate::connection::Connection;
use crate::error::DatabaseError;
use crate::tables::{About, init_command, person};
use crate::watch::DatabaseWatch;

/// The most events that are read at once.
const PAGE: i64 = 5_000;

static READ: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT arrival, sidecar, session, seq, step, bulk, checksum, {} FROM tilejury.events
         WHERE dataset = $1 AND arrival = ANY($2)
         UNION ALL (SELECT arrival, sidecar, session, seq, step, bulk, checksum, {} FROM tilejury.events
         WHERE dataset = $1 AND arrival > $3 ORDER BY arrival LIMIT {PAGE}) ORDER BY arrival",
        TEXTS.join(", "),
        TEXTS.join(", ")
    )
});

/// One statement, so that no transaction waits for the network while others wait for it.
static WRITE: LazyLock<String> = LazyLock::new(|| {
    let (first, texts) = (14, 14 + TEXTS.len());
    let parameters = (first..texts).map(|number| format!("${number}::text[]")).collect::<Vec<_>>().join(", ");
    format!(
        "WITH new_samples AS (
             INSERT INTO tilejury.samples (dataset, key, query, positive, split, line)
             SELECT $1::text, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::int8[])
             ON CONFLICT DO NOTHING
         )
         INSERT INTO tilejury.events (dataset, sidecar, session, seq, step, bulk, checksum, digest, {columns})
         SELECT $1::text, $2::text, * FROM unnest($8::text[], $9::int8[], $10::int8[], $11::bool[], $12::int8[],
             $13::bytea[], {parameters})
         ON CONFLICT DO NOTHING",
        columns = TEXTS.join(", "),
    )
});

/// A database as a place to exchange through. It connects when it is first needed, and again when
/// the connection was lost.
pub struct DatabasePlace {
    address: DatabaseAddress,
    connection: Option<Connection>,
}

impl DatabasePlace {
    /// The place at an address. Connects to nothing.
    pub fn new(address: DatabaseAddress) -> Self {
        Self { address, connection: None }
    }

    /// Works with the connection; one that fails is not used again.
    fn with<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, DatabaseError>) -> io::Result<T> {
        let connection = match self.connection.take().filter(|connection| !connection.is_closed()) {
            Some(connection) => connection,
            None => Connection::open(&self.address).map_err(DatabaseError::into_io)?,
        };
        let done = work(&connection);
        if !matches!(done, Err(DatabaseError::Unreachable(_))) {
            self.connection = Some(connection);
        }
        done.map_err(DatabaseError::into_io)
    }

    fn look_up(&mut self) -> io::Result<PlaceView> {
        let address = self.address.clone();
        let login = &address.user;
        self.with(|connection| {
            let Some(about) = About::read(connection)? else {
                let words = "this database has no tables for judgements; make them with `tilejury team init`";
                return Err(DatabaseError::Refused(words.to_owned()));
            };
            let Some((annotator, is_lead)) = person(connection)? else {
                let command = init_command(connection, &address)?;
                return Err(DatabaseError::Refused(format!(
                    "“{login}” is not a member of the team; the owner of its tables adds it with `{command} --annotator \
                     NAME={login}`"
                )));
            };
            let note = about.note(connection, &address)?;
            Ok(PlaceView { place: about.id, only: (!is_lead).then_some(annotator), note })
        })
    }
}

impl EventPlace for DatabasePlace {
    fn address(&self) -> String {
        self.address.to_string()
    }

    fn view(&mut self) -> io::Result<PlaceView> {
        let was_open = self.connection.is_some();
        match self.look_up() {
            // The server was started again since the last exchange.
            Err(error) if was_open && error.kind() == io::ErrorKind::NotConnected => self.look_up(),
            looked_up => looked_up,
        }
    }

    fn has(&mut self, dataset: &str, arrival: i64, line: &str) -> io::Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM tilejury.events WHERE dataset = $1 AND arrival = $2 AND digest = $3)";
        let digest = digest(line);
        self.with(|connection| {
            let row = connection.ask(connection.client().query_one(sql, &[&dataset, &arrival, &digest]))?;
            Ok(row.get(0))
        })
    }

    fn read(&mut self, dataset: &str, after: i64, again: &[i64]) -> io::Result<ArrivedEvents> {
        self.with(|connection| {
            let client = connection.client();
            let rows = connection.ask(client.query(READ.as_str(), &[&dataset, &again, &after]))?;
            let events: Result<Vec<_>, _> = rows.iter().map(event).collect();
            let events = events.map_err(|error| DatabaseError::Refused(error.to_string()))?;
            let mut keys: Vec<String> =
                events.iter().map(|event| escaped(&event.columns.sample).into_owned()).collect();
            keys.sort_unstable();
            keys.dedup();
            let sql = "SELECT key, query, positive, split, line FROM tilejury.samples
                       WHERE dataset = $1 AND key = ANY($2)";
            let rows = match keys.is_empty() {
                true => Vec::new(),
                false => connection.ask(client.query(sql, &[&dataset, &keys]))?,
            };
            let text = |row: &tokio_postgres::Row, at: usize| unescaped(row.get(at));
            let samples = rows.iter().map(|row| {
                let line = u32::try_from(row.get::<_, i64>(4)).unwrap_or_default();
                (text(row, 0), text(row, 1), text(row, 2), text(row, 3), line)
            });
            let has_more = events.iter().filter(|event| event.arrival > after).count() as i64 >= PAGE;
            Ok(ArrivedEvents { events, samples: samples.collect(), has_more })
        })
    }

    fn write(&mut self, sent: &SentEvents<'_>) -> io::Result<()> {
        let SentEvents { dataset, sidecar, events, samples } = sent;
        let text = |text: &str| escaped(text).into_owned();
        let keys: Vec<String> = samples.iter().map(|sample| sample.key.to_string()).collect();
        let queries: Vec<String> = samples.iter().map(|sample| text(&sample.query)).collect();
        let positives: Vec<String> = samples.iter().map(|sample| text(&sample.positive)).collect();
        let splits: Vec<String> = samples.iter().map(|sample| text(&sample.split)).collect();
        let lines: Vec<i64> = samples.iter().map(|sample| sample.line.get() as i64).collect();
        let sessions: Vec<String> = events.iter().map(|event| text(&event.session)).collect();
        let seqs: Vec<i64> = events.iter().map(|event| event.seq as i64).collect();
        let steps: Vec<i64> = events.iter().map(|event| event.step as i64).collect();
        let bulks: Vec<bool> = events.iter().map(|event| event.bulk).collect();
        let checksums: Vec<i64> = events.iter().map(|event| i64::from(event.checksum())).collect();
        let digests: Vec<Vec<u8>> = events.iter().map(|event| digest(&event.line())).collect();
        let mut columns: [Vec<Option<String>>; TEXTS.len()] = Default::default();
        for event in *events {
            for (column, text) in columns.iter_mut().zip(texts(event)) {
                column.push(text);
            }
        }
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![dataset, sidecar, &keys, &queries, &positives, &splits];
        parameters.extend([&lines as &(dyn ToSql + Sync), &sessions, &seqs, &steps, &bulks, &checksums, &digests]);
        parameters.extend(columns.iter().map(|column| column as &(dyn ToSql + Sync)));
        self.with(|connection| connection.ask(connection.client().execute(WRITE.as_str(), &parameters)).map(drop))
    }

    fn watch(&mut self) -> io::Result<Option<Box<dyn ChangeWatch>>> {
        let watch = DatabaseWatch::open(&self.address).map_err(DatabaseError::into_io)?;
        Ok(Some(Box::new(watch)))
    }
}
