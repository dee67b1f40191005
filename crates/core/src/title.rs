//! Titles and descriptions from templates: `{title} with {instructor}`.

use crate::{Error, Item, Result, units};

/// The built-in template.
pub const DEFAULT: &str = "{title}";

const VARIABLES: [&str; 11] = [
    "title",
    "instructor",
    "sport",
    "date",
    "time",
    "weekday",
    "minutes",
    "distance_km",
    "distance_mi",
    "gear",
    "notes",
];

/// Fills a template for the title of an item; never empty where the entry has a title. See [`text`].
pub fn render(template: &str, item: &Item, entry_title: &str) -> String {
    let text = text(template, item, entry_title);
    if text.is_empty() { entry_title.to_owned() } else { text }
}

/// Fills a template for an item; empty where it has nothing to say. Date and time are local to the item. Square brackets hold what is left out when a variable
/// inside them has nothing to say: `{title}[ with {instructor}]`. `entry_title` is used where the item has no title.
pub fn text(template: &str, item: &Item, entry_title: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        text.push_str(&fill(&rest[..open], item, entry_title).0);
        let inside = &rest[open + 1..];
        let close = inside.find(']').unwrap_or(inside.len());
        if let (filled, true) = fill(&inside[..close], item, entry_title) {
            text.push_str(&filled);
        }
        rest = inside.get(close + 1..).unwrap_or("");
    }
    text.push_str(&fill(rest, item, entry_title).0);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks a template when it is set, so that a typing error is said at once.
///
/// # Errors
/// `BadInput` for an unknown variable or an open brace.
pub fn check(template: &str) -> Result<()> {
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let name = rest[open + 1..].split_once('}').map(|(name, _)| name);
        match name {
            Some(name) if VARIABLES.contains(&name) => rest = &rest[open + name.len() + 2..],
            _ => {
                let name = name.unwrap_or(&rest[open + 1..]);
                return Err(Error::bad_input(format!(
                    "a template knows no {{{name}}}; it knows {}",
                    VARIABLES.map(|name| format!("{{{name}}}")).join(" ")
                )));
            }
        }
    }
    Ok(())
}

/// Replaces the variables; the flag is false where one of them had nothing to say.
fn fill(template: &str, item: &Item, entry_title: &str) -> (String, bool) {
    let (mut text, mut all) = (String::new(), true);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        let Some((name, after)) = rest[open + 1..].split_once('}') else {
            rest = &rest[open..];
            break;
        };
        match value(name, item, entry_title) {
            Some(value) => text.push_str(&value),
            None => all = false,
        }
        rest = after;
    }
    text.push_str(rest);
    (text, all)
}

fn value(name: &str, item: &Item, entry_title: &str) -> Option<String> {
    let activity = match item {
        Item::Activity(activity) => Some(activity),
        Item::Body(_) | Item::BloodPressure(_) => None,
    };
    let local = || item.span().start + chrono::TimeDelta::seconds(i64::from(item.utc_offset()));
    let distance = || activity.and_then(|activity| activity.totals.distance).filter(|metres| *metres > 0.0);
    match name {
        "title" => Some(if item.title().is_empty() { entry_title } else { item.title() }.to_owned()),
        "gear" => activity.and_then(|activity| activity.gear.clone()),
        "notes" => activity.map(|activity| activity.notes.clone()).filter(|notes| !notes.trim().is_empty()),
        "instructor" => activity.and_then(|activity| activity.instructor.clone()),
        "sport" => activity.map(|activity| activity.sport.to_string().replace('_', " ")),
        "date" => Some(local().format("%Y-%m-%d").to_string()),
        "time" => Some(local().format("%H:%M").to_string()),
        "weekday" => Some(local().format("%A").to_string()),
        "minutes" => Some(format!("{:.0}", item.span().seconds() / 60.0)),
        "distance_km" => distance().map(|metres| format!("{:.1}", metres / 1000.0)),
        "distance_mi" => distance().map(|metres| format!("{:.1}", metres / units::MILE)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activity, Sport};

    #[test]
    fn variables_and_optional_parts() {
        let mut activity = Activity {
            start: chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            utc_offset: Some(-5 * 3600),
            title: "30 min Ride".into(),
            sport: Sport::CYCLING,
            elapsed: 1800.0,
            ..Activity::default()
        };
        let template = "{date} {time} {title}[ with {instructor}] {minutes}’";
        let item = Item::Activity(Box::new(activity.clone()));
        assert_eq!(render(template, &item, "?"), "2023-11-14 17:13 30 min Ride 30’");
        activity.instructor = Some("Alex".into());
        let item = Item::Activity(Box::new(activity));
        assert_eq!(render(template, &item, "?"), "2023-11-14 17:13 30 min Ride with Alex 30’");
        assert_eq!(render("[{distance_km} km]", &item, "Ride"), "Ride");
        assert!(check(template).is_ok());
        assert!(check("{titel}").unwrap_err().message.contains("{titel}"));
        assert!(check("{title").is_err());
    }
}
