//! The values of columns as JSON: what `Dataset.to_json` of the library `datasets` writes, except
//! that numbers keep all of their digits.
//!
//! Knows arrays of Arrow; it reads no file.

use std::cell::Cell;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use serde::Serialize;

const MILLISECONDS_A_DAY: i64 = 86_400_000;
const MICROSECONDS_A_SECOND: i64 = 1_000_000;

/// Writes the value of one row.
type Writer<'a> = Box<dyn Fn(&mut Vec<u8>, usize) + 'a>;

/// Writes the rows of a batch as lines. Returns how many binary values are no text and became
/// `null`.
pub(super) fn write_lines(batch: &RecordBatch, out: &mut Vec<u8>) -> u64 {
    let no_texts = Cell::new(0);
    let schema = batch.schema();
    let mut columns: Vec<(Vec<u8>, Writer<'_>)> = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        if let Some(writer) = writer(column, &no_texts) {
            columns.push((key(field.name(), columns.is_empty()), writer));
        }
    }
    for row in 0..batch.num_rows() {
        object(out, row, &columns);
        out.push(b'\n');
    }
    drop(columns);
    no_texts.get()
}

/// Whether values of a type have a form in JSON.
pub(super) fn has_form(kind: &DataType) -> bool {
    match kind {
        DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::Binary
        | DataType::FixedSizeBinary(_)
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Time32(_)
        | DataType::Time64(_) => true,
        DataType::List(item) | DataType::Map(item, _) => has_form(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| has_form(field.data_type())),
        kind => kind.is_numeric(),
    }
}

fn key(name: &str, is_first: bool) -> Vec<u8> {
    let mut key = if is_first { Vec::new() } else { b",".to_vec() };
    put(&mut key, name);
    key.push(b':');
    key
}

/// Texts and numbers are always written: the target is memory.
fn put<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(out, value);
}

/// The writer for a column; `None` if its type has no form in JSON.
fn writer<'a>(array: &'a dyn Array, no_texts: &'a Cell<u64>) -> Option<Writer<'a>> {
    let write: Writer<'a> = match array.data_type() {
        DataType::Null => return Some(Box::new(|out, _| out.extend_from_slice(b"null"))),
        DataType::Boolean => {
            let array = array.as_boolean();
            Box::new(|out, row| put(out, &array.value(row)))
        }
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            Box::new(|out, row| put(out, array.value(row)))
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            Box::new(|out, row| binary(out, array.value(row), no_texts))
        }
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            Box::new(|out, row| binary(out, array.value(row), no_texts))
        }
        DataType::Date32 => milliseconds::<Date32Type>(array, |days| i64::from(days) * MILLISECONDS_A_DAY),
        DataType::Date64 => milliseconds::<Date64Type>(array, |time| time),
        DataType::Timestamp(TimeUnit::Second, _) => {
            milliseconds::<TimestampSecondType>(array, |time| time.saturating_mul(1000))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => milliseconds::<TimestampMillisecondType>(array, |time| time),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            milliseconds::<TimestampMicrosecondType>(array, |time| time / 1000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            milliseconds::<TimestampNanosecondType>(array, |time| time / 1_000_000)
        }
        DataType::Time32(TimeUnit::Second) => {
            time_of_day::<Time32SecondType>(array, |time| i64::from(time) * MICROSECONDS_A_SECOND)
        }
        DataType::Time32(_) => time_of_day::<Time32MillisecondType>(array, |time| i64::from(time) * 1000),
        DataType::Time64(TimeUnit::Microsecond) => time_of_day::<Time64MicrosecondType>(array, |time| time),
        DataType::Time64(_) => time_of_day::<Time64NanosecondType>(array, |time| time / 1000),
        DataType::List(_) => {
            let array = array.as_list::<i32>();
            let item = writer(array.values(), no_texts)?;
            let offsets = array.value_offsets();
            Box::new(move |out, row| list(out, offsets[row] as usize..offsets[row + 1] as usize, &item))
        }
        DataType::Struct(fields) => {
            let array = array.as_struct();
            let mut columns: Vec<(Vec<u8>, Writer<'a>)> = Vec::new();
            for (field, column) in fields.iter().zip(array.columns()) {
                columns.push((key(field.name(), columns.is_empty()), writer(column, no_texts)?));
            }
            Box::new(move |out, row| object(out, row, &columns))
        }
        DataType::Map(..) => {
            let array = array.as_map();
            let (keys, value) = (writer(array.keys(), no_texts)?, writer(array.values(), no_texts)?);
            let offsets = array.value_offsets();
            let pair: Writer<'a> = Box::new(move |out, at| {
                out.push(b'[');
                keys(out, at);
                out.push(b',');
                value(out, at);
                out.push(b']');
            });
            Box::new(move |out, row| list(out, offsets[row] as usize..offsets[row + 1] as usize, &pair))
        }
        DataType::Int8 => number::<Int8Type>(array),
        DataType::Int16 => number::<Int16Type>(array),
        DataType::Int32 => number::<Int32Type>(array),
        DataType::Int64 => number::<Int64Type>(array),
        DataType::UInt8 => number::<UInt8Type>(array),
        DataType::UInt16 => number::<UInt16Type>(array),
        DataType::UInt32 => number::<UInt32Type>(array),
        DataType::UInt64 => number::<UInt64Type>(array),
        DataType::Float32 => number::<Float32Type>(array),
        DataType::Float64 => number::<Float64Type>(array),
        DataType::Float16 => {
            let array = array.as_primitive::<Float16Type>();
            Box::new(|out, row| put(out, &f32::from(array.value(row))))
        }
        DataType::Decimal32(..) => decimal::<Decimal32Type>(array),
        DataType::Decimal64(..) => decimal::<Decimal64Type>(array),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(array),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(array),
        _ => return None,
    };
    if array.null_count() == 0 {
        return Some(write);
    }
    Some(Box::new(move |out, row| {
        if array.is_null(row) {
            out.extend_from_slice(b"null");
        } else {
            write(out, row);
        }
    }))
}

/// Numbers that are not finite have no form in JSON and become `null`.
fn number<'a, T: ArrowPrimitiveType>(array: &'a dyn Array) -> Writer<'a>
where
    T::Native: Serialize,
{
    let array = array.as_primitive::<T>();
    Box::new(|out, row| put(out, &array.value(row)))
}

/// The digits as a text, since a number of JSON would lose some.
fn decimal<'a, T: DecimalType + ArrowPrimitiveType>(array: &'a dyn Array) -> Writer<'a> {
    let array = array.as_primitive::<T>();
    Box::new(|out, row| put(out, &array.value_as_string(row)))
}

/// A point in time, in milliseconds since 1970.
fn milliseconds<'a, T: ArrowPrimitiveType>(array: &'a dyn Array, of: impl Fn(T::Native) -> i64 + 'a) -> Writer<'a> {
    let array = array.as_primitive::<T>();
    Box::new(move |out, row| put(out, &of(array.value(row))))
}

/// A time of day as Python prints it: `07:30:00`, with microseconds if there are any.
fn time_of_day<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    microseconds: impl Fn(T::Native) -> i64 + 'a,
) -> Writer<'a> {
    let array = array.as_primitive::<T>();
    Box::new(move |out, row| {
        let time = microseconds(array.value(row));
        let (seconds, rest) = (time.div_euclid(MICROSECONDS_A_SECOND), time.rem_euclid(MICROSECONDS_A_SECOND));
        let (hours, minutes) = (seconds.div_euclid(3600), seconds.rem_euclid(3600) / 60);
        let mut text = format!("{hours:02}:{minutes:02}:{:02}", seconds.rem_euclid(60));
        if rest != 0 {
            text += &format!(".{rest:06}");
        }
        put(out, &text);
    })
}

/// `columns`: the key of each, and its writer.
fn object(out: &mut Vec<u8>, row: usize, columns: &[(Vec<u8>, Writer<'_>)]) {
    out.push(b'{');
    for (key, write) in columns {
        out.extend_from_slice(key);
        write(out, row);
    }
    out.push(b'}');
}

fn list(out: &mut Vec<u8>, items: std::ops::Range<usize>, write: &Writer<'_>) {
    out.push(b'[');
    for item in items.clone() {
        if item > items.start {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// Bytes that are text are a text: some programs write texts without saying so.
fn binary(out: &mut Vec<u8>, bytes: &[u8], no_texts: &Cell<u64>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => put(out, text),
        Err(_) => {
            no_texts.set(no_texts.get() + 1);
            out.extend_from_slice(b"null");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::sync::Arc;

    use arrow_array::builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder};
    use arrow_array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array,
        NullArray, StringArray, StructArray, Time32MillisecondArray, Time64MicrosecondArray, Time64NanosecondArray,
        TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
        UInt64Array,
    };
    use arrow_schema::Field;

    use super::*;

    /// The value of each row of a column.
    fn values(column: ArrayRef) -> Vec<String> {
        assert!(has_form(column.data_type()));
        let batch = RecordBatch::try_from_iter_with_nullable([("a", column, true)]).unwrap();
        let mut lines = Vec::new();
        write_lines(&batch, &mut lines);
        let lines = String::from_utf8(lines).unwrap();
        let value = |line: &str| line.strip_prefix("{\"a\":").unwrap().strip_suffix('}').unwrap().to_owned();
        lines.lines().map(value).collect()
    }

    #[track_caller]
    fn check(column: impl Array + 'static, expected: &[&str]) {
        assert_eq!(values(Arc::new(column)), expected);
    }

    #[test]
    fn numbers_keep_their_digits() {
        check(Int64Array::from(vec![Some((1 << 62) + 1), None, Some(-7)]), &["4611686018427387905", "null", "-7"]);
        check(UInt64Array::from(vec![u64::MAX]), &["18446744073709551615"]);
        check(Float64Array::from(vec![0.123_456_789_012_345_6, f64::NAN, 2.0]), &["0.1234567890123456", "null", "2.0"]);
        check(Float32Array::from(vec![0.1, f32::INFINITY]), &["0.1", "null"]);
        check(
            Decimal128Array::from(vec![1250, -5]).with_precision_and_scale(9, 3).unwrap(),
            &["\"1.250\"", "\"-0.005\""],
        );
        check(BooleanArray::from(vec![Some(true), None]), &["true", "null"]);
        check(NullArray::new(1), &["null"]);
    }

    #[test]
    fn texts_are_escaped() {
        check(StringArray::from(vec!["a/\"\n\u{e9}\u{1}", ""]), &["\"a/\\\"\\n\u{e9}\\u0001\"", "\"\""]);
        check(BinaryArray::from(vec![&b"abc"[..], b"\xff"]), &["\"abc\"", "null"]);
    }

    #[test]
    fn times_are_as_datasets_writes_them() {
        let second = 1_704_164_645;
        let milliseconds = &["1704164645678", "null"][..];
        check(TimestampSecondArray::from(vec![second]), &["1704164645000"]);
        check(TimestampMillisecondArray::from(vec![Some(second * 1000 + 678), None]), milliseconds);
        check(TimestampMicrosecondArray::from(vec![Some(second * 1_000_000 + 678_901), None]), milliseconds);
        check(TimestampNanosecondArray::from(vec![Some(second * 1_000_000_000 + 678_901_234), None]), milliseconds);
        check(Date32Array::from(vec![19_724]), &["1704153600000"]);
        check(Time32MillisecondArray::from(vec![3_723_000, 3_723_004]), &["\"01:02:03\"", "\"01:02:03.004000\""]);
        check(Time64MicrosecondArray::from(vec![3_723_000_456]), &["\"01:02:03.000456\""]);
        check(Time64NanosecondArray::from(vec![3_723_000_456_789]), &["\"01:02:03.000456\""]);
    }

    #[test]
    fn lists_structs_and_maps_are_nested() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("x"), None]);
        lists.append_null();
        lists.append_value::<_, &str>([]);
        check(lists.finish(), &["[\"x\",null]", "null", "[]"]);
        let field = |name, kind| Arc::new(Field::new(name, kind, true));
        let number: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let text: ArrayRef = Arc::new(StringArray::from(vec![None, Some("t")]));
        let fields = vec![(field("n", DataType::Int64), number), (field("t", DataType::Utf8), text)];
        check(StructArray::from(fields), &["{\"n\":1,\"t\":null}", "{\"n\":null,\"t\":\"t\"}"]);
        let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
        maps.keys().append_value("k");
        maps.values().append_value(1);
        maps.append(true).unwrap();
        check(maps.finish(), &["[[\"k\",1]]"]);
    }

    #[test]
    fn a_part_of_a_batch_has_its_own_rows() {
        let mut lists = ListBuilder::new(Int64Builder::new());
        (0..5).for_each(|row| lists.append_value((0..row).map(Some)));
        let lists: ArrayRef = Arc::new(lists.finish());
        assert_eq!(values(lists.slice(2, 2)), ["[0,1]", "[0,1,2]"]);
    }
}
