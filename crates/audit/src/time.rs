//! Moments as the sidecar and the interchange format write them: RFC 3339 in UTC, to the
//! millisecond.

use std::fmt;
use std::str::FromStr;

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

/// The current moment by the system's clock.
pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now())
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl From<std::time::SystemTime> for Timestamp {
    /// A moment outside of the years that can be written becomes 1970.
    fn from(at: std::time::SystemTime) -> Self {
        Self(jiff::Timestamp::try_from(at).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|error: jiff::Error| error.to_string())
    }
}

impl Timestamp {
    /// The moment for a person, in the system's time zone: `14:03`, with the date if it is not the
    /// day of `now`.
    pub fn for_people(self, now: Self) -> String {
        let zone = jiff::tz::TimeZone::system();
        let (at, now) = (self.0.to_zoned(zone.clone()), now.0.to_zoned(zone));
        let format = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        at.strftime(format).to_string()
    }

    /// Whether both moments are on the same day, in the system's time zone.
    pub fn is_same_day(self, other: Self) -> bool {
        self.day() == other.day()
    }

    /// The day in the system's time zone: `2025-03-21`.
    pub fn day(self) -> String {
        self.0.to_zoned(jiff::tz::TimeZone::system()).date().to_string()
    }

    /// The moment one second later.
    pub(crate) fn a_second_later(self) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_secs(1)).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The seconds from the other moment to this one, as a difference of whole seconds; negative if
    /// this one is earlier.
    pub fn seconds_since(self, other: Self) -> i64 {
        self.0.as_second() - other.0.as_second()
    }

    /// The microseconds since the start of Unix time; negative before it.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The start of Unix time, for values without a moment of their own.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);
}
