//! `services`, `connect`, `accounts`, `disconnect`: who Baton is signed in as, and where.

use baton_core::{Error, ErrorKind, Kind, Prompt, ServiceInfo};
use baton_engine::{AccountState, SignInStep, SignedOut};
use serde_json::json;

use crate::args;
use crate::context::Context;
use crate::failure::{Exit, Failure, Hint, Result};
use crate::names::Names;
use crate::output;
use crate::prompts;
use crate::words;

pub fn services(context: &Context<'_>) -> Result<Exit> {
    let services = context.services()?;
    if context.output.json {
        for service in services {
            output::object(service.info())?;
        }
        return Ok(Exit::Done);
    }
    let rows = services.iter().map(|service| {
        let info = service.info();
        let methods: Vec<_> =
            info.sign_in.iter().filter(|method| !method.needs_window).map(|method| method.id).collect();
        let remark = if info.notice.is_some_and(|notice| !notice.is_official) { "unofficial" } else { "" };
        [
            info.id.into(),
            info.name.into(),
            kinds(info.reads),
            kinds(info.writes),
            methods.join(", "),
            remark.into(),
        ]
    });
    context.output.table(
        ["service", "name", "reads", "writes", "sign-in methods", ""],
        &[],
        rows.collect(),
    )?;
    Ok(Exit::Done)
}

pub async fn connect(arguments: args::Connect, context: &Context<'_>) -> Result<Exit> {
    let services = context.services()?;
    let service = services.iter().map(|service| service.info()).find(|info| info.id == arguments.service);
    let Some(service) = service else {
        return Err(Failure::usage(format!("there is no service “{}”", arguments.service))
            .hint("`baton services` shows those that there are"));
    };
    let prompts = context.prompts();
    let engine = context.logged_engine().await?;
    let known = engine.accounts().await?.iter().any(|account| account.service == service.id);
    if !known {
        notice(service);
    }
    let method = prompts.method(service, arguments.method.as_deref())?;
    let mut sign_in = engine.begin_sign_in(service.id, Some(method.id), arguments.domain.as_deref()).await?;
    let mut step = sign_in.next(None).await;
    let account = loop {
        match step.map_err(|error| refused(error, service))? {
            SignInStep::Done(account) => break account,
            SignInStep::Ask(prompt) => {
                let reply = prompts.answer(service, &prompt)?;
                if matches!(prompt, Prompt::Password { .. }) {
                    context.output.say(format!("Signing in at {} …", service.name));
                }
                step = sign_in.next(reply).await;
            }
        }
    };
    if context.output.json {
        output::object(&account)?;
    } else {
        let (id, name) = (&account.id, &account.display_name);
        output::line(format!(
            "Connected to {} as {name}. The account is called {id}.",
            account.service_name
        ))?;
    }
    if engine.routes().await?.iter().all(|route| route.from != account.id && route.to != account.id) {
        let words = match (account.reads.is_empty(), account.writes.is_empty()) {
            (false, true) => {
                format!("`baton routes add {} <TO>` says where to send what is there", account.id)
            }
            (true, false) => format!("`baton routes add <FROM> {}` says what to send there", account.id),
            _ => "`baton routes add <FROM> <TO>` says what goes where".to_owned(),
        };
        context.output.say(format!("Next: {words}."));
    }
    Ok(Exit::Done)
}

/// What a person should know before signing in.
fn notice(service: &ServiceInfo) {
    let Some(notice) = service.notice else { return };
    for sentence in [notice.terms, notice.limits, notice.password, notice.revoke] {
        prompts::say(sentence);
    }
    prompts::say("");
}

/// A refused sign-in ends the conversation; the same command begins a new one.
fn refused(error: Error, service: &ServiceInfo) -> Failure {
    let again = matches!(error.kind, ErrorKind::SignInRequired);
    let failure = Failure::from(error);
    if again { failure.hint(format!("to try again: `baton connect {}`", service.id)) } else { failure }
}

pub async fn accounts(context: &Context<'_>) -> Result<Exit> {
    let engine = context.engine().await?;
    let accounts = engine.accounts().await?;
    if context.output.json {
        for account in accounts {
            output::object(&account)?;
        }
        return Ok(Exit::Done);
    }
    if accounts.is_empty() {
        context.output.say("No accounts yet. `baton services` shows what can be connected.");
        return Ok(Exit::Done);
    }
    let rows = accounts.into_iter().map(|account| {
        let state = match &account.state {
            AccountState::Connected => "connected".to_owned(),
            AccountState::NeedsPerson { error, .. } => format!("needs you: {}", error.message),
            AccountState::Resting { error, until } => {
                format!("resting until {}: {}", words::moment(*until, None), error.message)
            }
            AccountState::Trouble { error, since } => {
                format!("in trouble since {}: {}", words::moment(*since, None), error.message)
            }
            AccountState::UnknownService => "this Baton does not know the service".to_owned(),
        };
        [account.id, account.service_name, account.display_name, state]
    });
    context.output.table(["account", "service", "signed in as", "state"], &[], rows.collect())?;
    Ok(Exit::Done)
}

pub async fn disconnect(arguments: args::Disconnect, context: &Context<'_>) -> Result<Exit> {
    let engine = context.logged_engine().await?;
    let names = Names::load(&engine).await?;
    let id = names.resolve(&arguments.account)?;
    let label = names.label(&id);
    let account = engine.accounts().await?.into_iter().find(|account| account.id == id);
    let service = account.as_ref().map(|account| account.service.as_str());
    let info = engine.services().into_iter().find(|info| Some(info.id) == service);
    let asks_removal = info.is_some_and(|info| info.removes_on_sign_out);
    let remove = arguments.remove_data || asks_removal;
    if !arguments.yes {
        let prompts = context.prompts();
        if !prompts.has_terminal() {
            return Err(Failure::usage(format!("nobody is there to confirm that {label} is disconnected")))
                .hint("add --yes");
        }
        let mut question = format!(
            "Remove the sign-in of {label} from this computer? Nothing is deleted there, and its routes stay."
        );
        if asks_removal {
            question.push_str(" Its terms ask that what came from it is removed from this computer too.");
        } else if remove {
            question.push_str(" What came from it is removed from this computer too.");
        }
        if !prompts.agrees(&question)? {
            context.output.say("Left as it is.");
            return Ok(Exit::Done);
        }
    }
    let SignedOut { removed, untold } = engine.sign_out(&id, remove).await?;
    if context.output.json {
        output::object(&json!({ "disconnected": id, "removed": removed, "untold": untold }))?;
        return Ok(Exit::Done);
    }
    output::line(format!("Disconnected {label}. Its routes rest until it is connected again."))?;
    match removed {
        0 => {}
        1 => output::line("One entry that came from it is gone from this computer.")?,
        several => output::line(format!("{several} entries that came from it are gone from this computer."))?,
    }
    if let Some(error) = untold {
        let home = info.map_or("its web site", |info| info.home);
        context.output.say(format!(
            "{label} could not be told ({}): Baton's permission may still stand there. You can withdraw it at {home}.",
            error.message
        ));
    }
    Ok(Exit::Done)
}

/// `activities, body`; a dash for none.
pub fn kinds(kinds: &[Kind]) -> String {
    if kinds.is_empty() {
        return "–".to_owned();
    }
    let names = kinds.iter().map(|kind| match kind {
        Kind::Activity => "activities",
        Kind::Body => "body",
        Kind::BloodPressure => "blood pressure",
    });
    names.collect::<Vec<_>>().join(", ")
}
