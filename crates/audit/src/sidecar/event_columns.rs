//! An event as the texts and numbers of its stored columns: what the sidecar stores and what a line
//! of an exchanged file has. Reads and writes no file.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::judgement::FieldChange;
use crate::looks::Looks;
use crate::origin::{Confirmation, Origin, Selection};
use crate::step::StepId;
use crate::visible::Visible;

/// The columns of an event, named as in the table `events`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventColumns {
    /// The session that made it.
    pub session: String,
    /// Its number in the session.
    pub seq: u64,
    /// The number of the step that it is part of.
    pub step: u64,
    /// The key of the sample.
    pub sample: String,
    /// The path of the tile, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<String>,
    /// The field that it sets.
    pub field: String,
    /// The new value; absent if it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The annotator.
    pub annotator: String,
    /// The time.
    pub at: String,
    /// The step that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// The way in which the row was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_by: Option<String>,
    /// The sample that it was carried over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagated_from: Option<String>,
    /// The way in which it was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
    /// Whether several rows or tiles were judged at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bulk: bool,
    /// The tiles that were in view before a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<String>,
    /// The second pass or the audit that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<String>,
    /// The judgement that it settles, in a second pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<String>,
    /// The things beside the query and the tiles that were not hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<String>,
}

impl From<&Event> for EventColumns {
    fn from(event: &Event) -> Self {
        let origin = &event.origin;
        Self {
            session: event.step.session.to_string(),
            seq: event.seq,
            step: event.step.seq,
            sample: event.sample.to_string(),
            tile: event.change.tile().map(|tile| tile.as_str().to_owned()),
            field: event.change.field().to_owned(),
            value: event.change.value(),
            annotator: event.annotator.to_string(),
            at: event.at.to_string(),
            undoes: text(event.undoes.as_ref()),
            chosen_by: origin.chosen_by.map(|chosen_by: Selection| chosen_by.word().to_owned()),
            propagated_from: text(origin.propagated_from.as_ref()),
            confirmed_by: origin.confirmed_by.map(|confirmed_by: Confirmation| confirmed_by.word().to_owned()),
            bulk: origin.bulk,
            looks: origin.looks.as_deref().map(Looks::to_text),
            pass: text(event.round.as_ref()),
            settles: text(origin.settles.as_ref()),
            visible: origin.visible.map(Visible::to_text),
        }
    }
}

impl EventColumns {
    /// Parses the event.
    ///
    /// # Errors
    /// A column that is not understood, and why.
    pub(crate) fn event(self) -> Result<Event, String> {
        let looks = self.looks.map(|text| Looks::from_text(&text)).transpose().map_err(in_column("looks"))?;
        let visible = self.visible.map(|text| Visible::from_text(&text)).transpose().map_err(in_column("visible"))?;
        let change = FieldChange::parse(&self.field, self.tile.as_deref(), self.value.as_deref());
        Ok(Event {
            step: StepId { session: self.session.into(), seq: self.step },
            seq: self.seq,
            sample: parsed("sample", &self.sample)?,
            change: change.map_err(in_column("field"))?,
            annotator: self.annotator.into(),
            at: parsed("at", &self.at)?,
            undoes: optional("undoes", self.undoes)?,
            origin: Origin {
                chosen_by: optional("chosen_by", self.chosen_by)?,
                propagated_from: optional("propagated_from", self.propagated_from)?,
                confirmed_by: optional("confirmed_by", self.confirmed_by)?,
                bulk: self.bulk,
                looks: looks.map(Arc::new),
                settles: optional("settles", self.settles)?,
                visible,
            },
            round: optional("pass", self.pass)?,
        })
    }

    /// The columns as one line of JSON without its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the columns from a line of JSON.
    ///
    /// # Errors
    /// When it is not the line of an event.
    pub(crate) fn from_line(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| error.to_string())
    }

    /// The checksum of the event: CRC-32 (ISO-HDLC) over its row, each column as text, preceded by
    /// its length; the length of an absent one is −1. The columns of schemas 5, 6 and 8 count only
    /// if one of them or a later one has a value, so that the checksums of earlier events hold.
    pub fn checksum(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        let mut add = |text: Option<&str>| {
            let len = text.map_or(-1, |text| text.len() as i64);
            crc.update(&len.to_le_bytes());
            crc.update(text.unwrap_or_default().as_bytes());
        };
        add(Some(&self.session));
        add(Some(&self.seq.to_string()));
        add(Some(&self.step.to_string()));
        add(Some(&self.sample));
        add(self.tile.as_deref());
        add(Some(&self.field));
        add(self.value.as_deref());
        add(Some(&self.annotator));
        add(Some(&self.at));
        add(self.undoes.as_deref());
        add(self.chosen_by.as_deref());
        add(self.propagated_from.as_deref());
        add(self.confirmed_by.as_deref());
        let is_apart = self.pass.is_some() || self.settles.is_some() || self.visible.is_some();
        if self.bulk || self.looks.is_some() || is_apart {
            add(Some(if self.bulk { "1" } else { "0" }));
            add(self.looks.as_deref());
        }
        if is_apart {
            add(self.pass.as_deref());
            add(self.settles.as_deref());
        }
        if self.visible.is_some() {
            add(self.visible.as_deref());
        }
        crc.finalize()
    }
}

fn text(value: Option<&impl Display>) -> Option<String> {
    value.map(ToString::to_string)
}

fn in_column(column: &'static str) -> impl Fn(String) -> String {
    move |what| format!("{column}: {what}")
}

fn parsed<T: FromStr>(column: &'static str, text: &str) -> Result<T, String>
where
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| format!("{column}: {text}: {error}"))
}

fn optional<T: FromStr>(column: &'static str, text: Option<String>) -> Result<Option<T>, String>
where
    T::Err: Display,
{
    text.map(|text| parsed(column, &text)).transpose()
}
