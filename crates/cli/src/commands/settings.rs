//! `config`: the settings, one by one or whole.

use serde_json::{Value, json};

use crate::args::{self, ConfigCommand};
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::output;

pub async fn run(arguments: args::Config, context: &Context<'_>) -> Result<Exit> {
    let output = context.output;
    let command = arguments.command.unwrap_or(ConfigCommand::Show);
    if let ConfigCommand::Path = command {
        // Also where the file is damaged: this is how one finds it.
        let path = context.home()?.join("config.toml");
        if output.json {
            output::object(&json!({ "path": path }))?;
        } else {
            output::line(path.to_string_lossy())?;
        }
        return Ok(Exit::Done);
    }
    let engine = context.engine().await?;
    match command {
        ConfigCommand::Path => {}
        ConfigCommand::Get { key } => {
            let value = engine.config_get(&key).await?;
            if output.json {
                output::object(&json!({ "key": key, "value": value }))?;
            } else {
                output::line(plain(&value))?;
            }
        }
        ConfigCommand::Set { key, value } => {
            engine.config_set(&key, &value).await?;
            let value = engine.config_get(&key).await?;
            if output.json {
                output::object(&json!({ "key": key, "value": value }))?;
            } else {
                output.say(format!("{key} is now {}", plain(&value)));
            }
        }
        ConfigCommand::Show => {
            let value = engine.config_get("").await?;
            if output.json {
                output::object(&value)?;
            } else {
                let mut lines = Vec::new();
                flatten("", &value, &mut lines);
                for line in lines {
                    output::line(line)?;
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// One line for each setting, by the key that `config get` and `config set` take.
fn flatten(prefix: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&key, value, lines);
            }
        }
        value => lines.push(format!("{prefix} = {value}")),
    }
}

/// Text without quotation marks; the rest as in the file.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}
