//! Field types that read any JSON: what has another shape than expected counts as absent, and never loses the rest.
//!
//! Vendors send numbers as text, nulls in lists and objects that are lists in other years' rows. serde's own types
//! would refuse the whole answer for one such field.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A number, also where it is written as text; absent for everything else and for not-a-number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Number(pub Option<f64>);

/// A text that is not blank; absent for everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(pub Option<String>);

/// Yes or no, also as 0 and 1 or as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flag(pub Option<bool>);

/// An object; absent where there is something else.
#[derive(Debug, Clone)]
pub struct Object<T>(pub Option<T>);

/// The objects of a list; empty where there is something else, without the elements that are something else.
#[derive(Debug, Clone)]
pub struct List<T>(pub Vec<T>);

/// A row of numbers in place: not-a-number stands for a null or anything else that is no number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series(pub Vec<f64>);

/// The elements of a list in place, each read as `T` reads them; empty where there is something else.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T>(pub Vec<T>);

impl<T> Default for Row<T> {
    fn default() -> Self {
        Row(Vec::new())
    }
}

impl<T> Default for Object<T> {
    fn default() -> Self {
        Object(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl Number {
    /// The number where it lies between the bounds, both included.
    pub fn within(self, low: f64, high: f64) -> Option<f64> {
        self.0.filter(|number| (low..=high).contains(number))
    }

    /// The number where it is above zero: Peloton writes 0 for "unknown" in most places.
    pub fn positive(self) -> Option<f64> {
        self.0.filter(|number| *number > 0.0)
    }
}

impl Text {
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether it is this word, in any case.
    pub fn is(&self, word: &str) -> bool {
        self.get().is_some_and(|text| text.eq_ignore_ascii_case(word))
    }
}

/// The visitor's answers that mean "something else": everything that `$type` does not override becomes `$absent`.
macro_rules! something_else {
    ($absent:expr; $($method:ident),*) => { $(something_else!(@ $method $absent);)* };
    (@ unit $absent:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok($absent) }
    };
    (@ bool $absent:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok($absent) }
    };
    (@ number $absent:expr) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> { Ok($absent) }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> { Ok($absent) }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> { Ok($absent) }
    };
    (@ str $absent:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok($absent) }
    };
    (@ seq $absent:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok($absent)
        }
    };
    (@ map $absent:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($absent)
        }
    };
}

/// What is expected, for serde's own messages; nothing is ever refused, so that they are not seen.
fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("any JSON")
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_u64<E>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_str<E>(self, text: &str) -> Result<f64, E> {
        Ok(text.trim().parse().unwrap_or(f64::NAN))
    }

    something_else!(f64::NAN; unit, bool, seq, map);
}

/// A number or not-a-number, as the elements of a [`Series`] are.
struct Element(f64);

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Element)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = deserializer.deserialize_any(NumberVisitor)?;
        Ok(Number(number.is_finite().then_some(number)))
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        let text = text.trim();
        Ok(Text((!text.is_empty()).then(|| text.to_owned())))
    }

    something_else!(Text(None); unit, bool, number, seq, map);
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(Some(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Flag, E> {
        Ok(Flag(Some(number != 0)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Flag, E> {
        Ok(Flag(Some(number != 0)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Flag, E> {
        Ok(Flag(Some(number != 0.0)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Flag, E> {
        Ok(Flag(text.trim().to_ascii_lowercase().parse().ok()))
    }

    something_else!(Flag(None); unit, seq, map);
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|value| Object(Some(value)))
    }

    something_else!(Object(None); unit, bool, number, str, seq);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(Object(value)) = list.next_element()? {
            values.extend(value);
        }
        Ok(List(values))
    }

    something_else!(List(Vec::new()); unit, bool, number, str, map);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct SeriesVisitor;

impl<'de> Visitor<'de> for SeriesVisitor {
    type Value = Series;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Series, A::Error> {
        // Half an hour of seconds; longer rows grow.
        let mut values = Vec::with_capacity(2048);
        while let Some(Element(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Series(values))
    }

    something_else!(Series(Vec::new()); unit, bool, number, str, map);
}

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeriesVisitor)
    }
}

struct RowVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for RowVisitor<T> {
    type Value = Row<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Row<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Row(values))
    }

    something_else!(Row(Vec::new()); unit, bool, number, str, map);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Thing {
        number: Number,
        text: Text,
        flag: Flag,
        inner: Object<Box<Thing>>,
        list: List<Thing>,
        series: Series,
        row: Row<Row<Number>>,
    }

    #[test]
    fn reads_what_is_expected() {
        let thing: Thing = serde_json::from_str(
            r#"{"number":"12.5","text":" a\u00e9 ","flag":1,"inner":{"number":-3},"list":[{"text":"x"},null,7],
                "series":[1,2.5,null,"4",{"a":[1]},[2]],"row":[[1,null],null,7],"extra":{"deep":[[]]}}"#,
        )
        .unwrap();
        assert_eq!(thing.number.0, Some(12.5));
        assert_eq!(thing.text.get(), Some("aé"));
        assert_eq!(thing.flag.0, Some(true));
        assert_eq!(thing.inner.0.unwrap().number.0, Some(-3.0));
        assert_eq!(thing.list.0.len(), 1);
        assert!(thing.list.0[0].text.is("X"));
        assert_eq!(thing.series.0.len(), 6);
        assert_eq!((thing.series.0[0], thing.series.0[1], thing.series.0[3]), (1.0, 2.5, 4.0));
        assert!([2, 4, 5].iter().all(|index| thing.series.0[*index].is_nan()));
        assert_eq!(thing.row.0[0].0, [Number(Some(1.0)), Number(None)]);
        assert!(thing.row.0.len() == 3 && thing.row.0[1..].iter().all(|row| row.0.is_empty()));
    }

    #[test]
    fn anything_else_is_absent() {
        for odd in ["null", "true", "3", "-1.5", "\"?\"", "[1,[2]]", "{\"a\":{\"b\":1}}"] {
            let text = format!(
                r#"{{"number":{odd},"text":{odd},"flag":{odd},"inner":{odd},"list":{odd},"series":{odd},"row":{odd}}}"#
            );
            let thing: Thing = serde_json::from_str(&text).unwrap();
            if !odd.starts_with(['3', '-']) {
                assert_eq!(thing.number.0, None, "{odd}");
            }
            assert_eq!(thing.text.get().is_some(), odd.starts_with('"'), "{odd}");
            assert_eq!(thing.inner.0.is_some(), odd.starts_with('{'), "{odd}");
            assert_eq!(thing.series.0.is_empty(), !odd.starts_with('['), "{odd}");
            assert_eq!(thing.row.0.is_empty(), !odd.starts_with('['), "{odd}");
        }
    }
}
