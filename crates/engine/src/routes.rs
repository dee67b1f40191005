//! Routes: saving them with a look at what they would do together.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;

use baton_core::{Error, Kind, Result};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::accounts::no_account;
use crate::config::{self, Route};
use crate::{Config, Engine, FILES, blocking};

/// A route as it was saved, with what the person should know about it.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct SavedRoute {
    pub route: Route,
    pub warnings: Vec<RouteWarning>,
}

/// What the person should know about a route that works all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum RouteWarning {
    /// Entries could come back to where they came from: the accounts of the circle, the first again as the last.
    Loop { accounts: Vec<String> },
    /// This other route goes the same way with the same kinds.
    SameWay { route: String },
}

impl fmt::Display for RouteWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RouteWarning::Loop { accounts } => write!(
                f,
                "these routes go in a circle ({}); Baton knows what it sent itself and does not send it back",
                accounts.join(" → ")
            ),
            RouteWarning::SameWay { route } => {
                write!(f, "the route {route} already goes the same way; each entry is sent once all the same")
            }
        }
    }
}

impl Engine {
    pub async fn routes(&self) -> Result<Vec<Route>> {
        Ok(self.config().await?.routes.into_values().collect())
    }

    /// Saves a route: a new one where its id is empty, else the one of that id.
    ///
    /// # Errors
    /// `BadInput` in one sentence where an account is unknown or cannot play its part, or an option makes no sense.
    pub async fn save_route(&self, mut route: Route) -> Result<SavedRoute> {
        let config = self.config().await?;
        config::check_route(&route)?;
        self.check_accounts(&config, &route)?;
        if route.id.is_empty() {
            route.id = new_id(&config.routes, &route);
        } else if !is_plain(&route.id) {
            return Err(Error::bad_input(format!(
                "“{}” cannot name a route; use letters, digits and hyphens",
                route.id
            )));
        }
        let mut warnings: Vec<RouteWarning> = loop_through(&config.routes, &route).into_iter().collect();
        warnings.extend(same_way(&config.routes, &route));
        let patch = patch_of(&route, config.routes.get(&route.id))?;
        let file = self.inner.config.clone();
        blocking(move || file.merge(&patch)).await?;
        self.changed_config();
        Ok(SavedRoute { route, warnings })
    }

    /// # Errors
    /// `BadInput` where there is no such route.
    pub async fn delete_route(&self, id: &str) -> Result<()> {
        let config = self.config().await?;
        if !config.routes.contains_key(id) {
            return Err(no_route(id, &config));
        }
        let patch = table("routes", table(id, Value::Null));
        let file = self.inner.config.clone();
        blocking(move || file.merge(&patch)).await?;
        self.changed_config();
        Ok(())
    }

    fn check_accounts(&self, config: &Config, route: &Route) -> Result<()> {
        for (id, reads) in [(&route.from, true), (&route.to, false)] {
            let Some(account) = config.accounts.get(id) else {
                return Err(no_account(id, config.accounts.keys()));
            };
            let info = self.inner.service(&account.service)?.info();
            let (able, part) = if reads { (info.reads, "read from") } else { (info.writes, "write to") };
            if able.is_empty() {
                return Err(Error::bad_input(format!("Baton cannot {part} {}", info.name)));
            }
            if let Some(kind) = route.kinds.iter().find(|kind| !able.contains(kind)) {
                let name = kind.name();
                return Err(Error::bad_input(format!(
                    "{name} is nothing that Baton can {part} {}",
                    info.name
                )));
            }
            if let Some(format) = route.format.filter(|format| !reads && !info.accepts.contains(format)) {
                let known: Vec<&str> = info.accepts.iter().map(|format| format.extension()).collect();
                let (name, known) = (info.name, known.join(", "));
                return Err(Error::bad_input(format!(
                    "{name} takes no {} files, only {known}",
                    format.extension()
                )));
            }
        }
        Ok(())
    }
}

pub(crate) fn no_route(id: &str, config: &Config) -> Error {
    let known: Vec<&str> = config.routes.keys().map(String::as_str).collect();
    match known.as_slice() {
        [] => Error::bad_input(format!("there is no route “{id}”; add one first")),
        _ => Error::bad_input(format!("there is no route “{id}”; there are: {}", known.join(", "))),
    }
}

fn is_plain(id: &str) -> bool {
    id != FILES && id.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
}

/// `peloton-garmin`, `peloton-garmin-2` …
fn new_id(routes: &BTreeMap<String, Route>, route: &Route) -> String {
    let id = format!("{}-{}", route.from, route.to);
    let free = |id: &String| !routes.contains_key(id);
    if free(&id) {
        return id;
    }
    (2..1000).map(|number| format!("{id}-{number}")).find(free).unwrap_or(id)
}

fn table(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// What stands in the file even where it is as usual.
const ALWAYS_WRITTEN: [&str; 4] = ["from", "to", "kinds", "enabled"];

/// The change that makes the file hold exactly this route: options at their default are not written down.
fn patch_of(route: &Route, before: Option<&Route>) -> Result<Value> {
    let written = |route: &Route| match serde_json::to_value(route) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::bug("a route cannot be written down")),
    };
    let usual = written(&Route::new("", ""))?;
    let fields = |route: &Route| {
        let mut fields = written(route)?;
        fields.remove("id");
        fields
            .retain(|name, value| ALWAYS_WRITTEN.contains(&name.as_str()) || usual.get(name) != Some(value));
        Ok::<_, Error>(fields)
    };
    let mut patch = fields(route)?;
    if let Some(before) = before {
        for key in fields(before)?.keys() {
            patch.entry(key.clone()).or_insert(Value::Null);
        }
    }
    Ok(table("routes", table(&route.id, Value::Object(patch))))
}

/// A warning where entries could come back to where they came from.
fn loop_through(routes: &BTreeMap<String, Route>, new: &Route) -> Option<RouteWarning> {
    let others = || routes.values().filter(|route| route.enabled && route.id != new.id);
    let back = new.kinds.iter().find_map(|kind| way(others(), &new.to, &new.from, *kind))?;
    Some(RouteWarning::Loop { accounts: std::iter::once(new.from.clone()).chain(back).collect() })
}

/// The accounts that a kind passes from one to another by these routes, both ends with it; the shortest way there is.
pub(crate) fn way<'a>(
    routes: impl Iterator<Item = &'a Route>,
    from: &str,
    to: &str,
    kind: Kind,
) -> Option<Vec<String>> {
    let routes: Vec<&Route> = routes.filter(|route| route.kinds.contains(&kind)).collect();
    let mut ways = VecDeque::from([vec![from]]);
    let mut reached = HashSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let here = *way.last()?;
        if here == to {
            return Some(way.into_iter().map(str::to_owned).collect());
        }
        for route in routes.iter().filter(|route| route.from == here) {
            if reached.insert(&route.to) {
                ways.push_back([way.as_slice(), &[route.to.as_str()]].concat());
            }
        }
    }
    None
}

/// A warning where another route goes the same way with the same kinds.
fn same_way(routes: &BTreeMap<String, Route>, new: &Route) -> Option<RouteWarning> {
    routes
        .values()
        .find(|route| {
            let same = route.id != new.id && route.from == new.from && route.to == new.to;
            same && route.kinds.iter().any(|kind| new.kinds.contains(kind))
        })
        .map(|route| RouteWarning::SameWay { route: route.id.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(pairs: &[(&str, &str)]) -> BTreeMap<String, Route> {
        let named = pairs.iter().map(|(from, to)| {
            let id = format!("{from}-{to}");
            (id.clone(), Route { id, ..Route::new(*from, *to) })
        });
        named.collect()
    }

    #[test]
    fn loops_are_seen_however_long() {
        let mut there = routes(&[("b", "c"), ("c", "a"), ("c", "e"), ("d", "e")]);
        let warning = loop_through(&there, &Route::new("a", "b")).unwrap();
        assert_eq!(
            warning,
            RouteWarning::Loop { accounts: ["a", "b", "c", "a"].map(str::to_owned).to_vec() }
        );
        assert!(warning.to_string().contains("(a → b → c → a)"), "{warning}");
        assert!(loop_through(&there, &Route::new("a", "d")).is_none());
        let weight = Route { kinds: vec![Kind::Body], ..Route::new("a", "b") };
        assert!(loop_through(&there, &weight).is_none(), "nothing of this kind comes back");
        let both = Route { kinds: vec![Kind::Body, Kind::Activity], ..weight };
        assert!(loop_through(&there, &both).is_some());
        there.get_mut("b-c").unwrap().enabled = false;
        assert!(loop_through(&there, &both).is_none());
    }

    #[test]
    fn only_what_is_unusual_is_written_down() {
        let usual = Route { id: "a-b".into(), ..Route::new("a", "b") };
        let written = serde_json::json!({ "from": "a", "to": "b", "kinds": ["activity"], "enabled": true });
        assert_eq!(patch_of(&usual, None).unwrap(), serde_json::json!({ "routes": { "a-b": written } }));
        let if_similar = baton_core::IfSimilar::Send;
        let unusual = Route { recorded_elsewhere: true, gear: Some("g".into()), if_similar, ..usual.clone() };
        let patch = patch_of(&unusual, Some(&usual)).unwrap();
        assert_eq!(patch["routes"]["a-b"]["if_similar"], "send");
        assert_eq!(
            (&patch["routes"]["a-b"]["recorded_elsewhere"], &patch["routes"]["a-b"]["gear"]),
            (&serde_json::json!(true), &serde_json::json!("g"))
        );
        let back = patch_of(&usual, Some(&unusual)).unwrap();
        for name in ["recorded_elsewhere", "if_similar"] {
            assert_eq!(back["routes"]["a-b"].get(name), Some(&Value::Null));
        }
    }

    #[test]
    fn a_new_route_never_takes_the_place_of_another() {
        let there = routes(&[("a", "b")]);
        assert_eq!(new_id(&there, &Route::new("a", "b")), "a-b-2");
        assert_eq!(new_id(&there, &Route::new("b", "a")), "b-a");
    }
}
