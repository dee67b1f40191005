//! Baton's own JSON: an item with nothing lost but the vendor's original bytes, under a version number.

use baton_core::{Error, Item, Result};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    baton: u32,
    item: &'a Item,
}

#[derive(Deserialize)]
struct Read {
    item: Item,
}

/// `{"baton": 1, "item": …}`, indented, numbers as they are. The original file is not part of it.
pub fn encode(item: &Item) -> Result<Vec<u8>> {
    let without_original;
    let item = match item {
        Item::Activity(activity) if activity.original.is_some() => {
            let mut activity = activity.clone();
            activity.original = None;
            without_original = Item::Activity(activity);
            &without_original
        }
        _ => item,
    };
    let mut bytes = serde_json::to_vec_pretty(&Written { baton: VERSION, item })
        .map_err(|error| Error::bug(format!("an item could not be written as JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The item of such a file.
pub fn decode(bytes: &[u8]) -> Result<Vec<Item>> {
    #[derive(Deserialize)]
    struct Version {
        baton: u32,
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice::<Version>(bytes) {
        Ok(Version { baton: VERSION }) => {}
        Ok(Version { baton }) => {
            let words =
                format!("This JSON file is of version {baton}, which this Baton does not read; update Baton");
            return Err(Error::rejected(words));
        }
        Err(error) if error.is_data() => {
            return Err(Error::rejected("This JSON file was not written by Baton"));
        }
        Err(error) => return Err(Error::rejected(format!("This JSON file is damaged: {error}"))),
    }
    let Read { mut item } = serde_json::from_slice(bytes).map_err(|error| {
        Error::rejected(format!("This JSON file holds no item that Baton knows: {error}"))
    })?;
    if let Item::Activity(activity) = &mut item {
        activity.original = None;
    }
    Ok(vec![item])
}
