//! Asks the person: renders a sign-in's prompts on the terminal, or answers them from the environment and from the
//! lines of standard input where nobody sits there.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use baton_core::{Error, Prompt, Reply, Secret, ServiceInfo, SignInMethod};
use baton_engine::environment::{Environment, first_line};

use crate::failure::{Failure, Hint, Result};

/// Where answers come from.
pub struct Prompts<'a> {
    environment: Environment<'a>,
    /// Somebody sits there: passwords are read without echo, and questions beyond the prompts may be asked.
    terminal: bool,
}

impl<'a> Prompts<'a> {
    pub fn new(environment: Environment<'a>) -> Prompts<'a> {
        Prompts { environment, terminal: io::stdin().is_terminal() && io::stderr().is_terminal() }
    }

    /// The answer to one prompt; `None` where the flow itself waits for something (the browser).
    ///
    /// # Errors
    /// `SignInRequired` where the answers end, `BadInput` for a window and for a file that cannot be read.
    pub fn answer(&self, service: &ServiceInfo, prompt: &Prompt) -> Result<Option<Reply>> {
        let reply = match prompt {
            Prompt::Password { help } => self.password(service, help)?,
            Prompt::Code { sent_to, wrong } => {
                if *wrong {
                    say("This code was refused.");
                }
                let question = match sent_to {
                    Some(sent_to) => format!("Code that {} sent to {sent_to}: ", service.name),
                    None => format!("Code from {}: ", service.name),
                };
                Reply::Code(Secret::new(self.line(&question, "the code")?).trimmed())
            }
            Prompt::Browser { url } => {
                say("Open this page in your browser; Baton goes on by itself when you are done there:");
                say(&format!("  {url}"));
                return Ok(None);
            }
            Prompt::Window { .. } => return Err(needs_window(service)),
            Prompt::AppKeys { help_url, redirect_uri } => {
                say(&format!("{} needs an application of your own: {help_url}", service.name));
                say(&format!(
                    "Where it asks for a redirect address or a callback domain, give it exactly {redirect_uri}"
                ));
                let client_id = self.line("Client ID: ", "the client ID")?;
                let client_secret = self.hidden("Client secret: ", "the client secret")?;
                Reply::AppKeys {
                    client_id: client_id.trim().to_owned(),
                    client_secret: client_secret.trimmed(),
                }
            }
            Prompt::Paste { help } => {
                say(help);
                Reply::Text(self.hidden("Paste it here: ", "the text to paste")?.trimmed())
            }
            Prompt::Folder { help } => {
                say(help);
                Reply::Folder(self.folder(&self.line("Folder: ", "the folder")?)?)
            }
        };
        Ok(Some(reply))
    }

    /// The method to sign in with: the named one; on a terminal the chosen one; elsewhere the password, which the
    /// environment or standard input can answer.
    ///
    /// # Errors
    /// `BadInput` for an unknown method and where every method needs a window.
    pub fn method(&self, service: &ServiceInfo, named: Option<&str>) -> Result<&'static SignInMethod> {
        if let Some(named) = named {
            let method = service.sign_in.iter().find(|method| method.id == named).ok_or_else(|| {
                Failure::usage(format!("{} has no sign-in method “{named}”", service.name))
                    .hint(format!("the methods here are {}", without_window(service)))
            })?;
            return if method.needs_window { Err(needs_window(service)) } else { Ok(method) };
        }
        let methods: Vec<_> = service.sign_in.iter().filter(|method| !method.needs_window).collect();
        let (Some(first), rest) = (methods.first(), methods.len() > 1) else {
            return Err(needs_window(service));
        };
        if !rest {
            return Ok(first);
        }
        if !self.terminal {
            return Ok(methods.iter().find(|method| method.id == "password").unwrap_or(first));
        }
        say(&format!("How do you want to sign in at {}?", service.name));
        for (number, method) in methods.iter().enumerate() {
            say(&format!("  {}  {}", number + 1, method.name));
        }
        let choice = self.line("Number [1]: ", "the choice")?;
        let choice = choice.trim();
        let chosen = match choice.parse::<usize>() {
            _ if choice.is_empty() => Some(*first),
            Ok(number) => number.checked_sub(1).and_then(|index| methods.get(index).copied()),
            Err(_) => methods.iter().find(|method| method.id == choice).copied(),
        };
        chosen.ok_or_else(|| Failure::usage(format!("“{choice}” is not one of the choices")))
    }

    /// Asks for a yes. Without a terminal nobody is asked, and the answer is no.
    pub fn agrees(&self, question: &str) -> Result<bool> {
        if !self.terminal {
            return Ok(false);
        }
        let answer = self.line(&format!("{question} [y/N] "), "the answer")?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether somebody sits there.
    pub fn has_terminal(&self) -> bool {
        self.terminal
    }

    fn password(&self, service: &ServiceInfo, help: &str) -> Result<Reply> {
        let variable = service.id.to_ascii_uppercase().replace('-', "_");
        let username = self.answer_from_environment(&format!("{variable}_USERNAME"))?;
        let password = self.answer_from_environment(&format!("{variable}_PASSWORD"))?;
        if (username.is_none() || password.is_none()) && !help.is_empty() {
            say(help);
        }
        let username = match username {
            Some(username) => username.expose().trim().to_owned(),
            None => self.line("E-mail: ", "the e-mail address")?.trim().to_owned(),
        };
        let password = match password {
            Some(password) => password,
            None => self.hidden("Password: ", "the password")?,
        };
        if username.is_empty() || password.is_empty() {
            return Err(Failure::usage("the e-mail address and the password must not be empty"));
        }
        Ok(Reply::Password { username, password })
    }

    /// A variable's value, or the first line of the file that `<name>_FILE` names. Empty ones count as unset.
    fn answer_from_environment(&self, name: &str) -> Result<Option<Secret>> {
        let value = |name: &str| (self.environment)(name).filter(|value| !value.is_empty());
        if let Some(value) = value(name) {
            let text =
                value.into_string().map_err(|_| Failure::usage(format!("{name} is not readable text")))?;
            return Ok(Some(Secret::new(text)));
        }
        let file_variable = format!("{name}_FILE");
        let Some(path) = value(&file_variable) else { return Ok(None) };
        let secret = first_line(Path::new(&path)).map_err(|error| error.while_doing(&file_variable))?;
        Ok(Some(secret))
    }

    /// `~` and relative paths made whole.
    fn folder(&self, text: &str) -> Result<PathBuf> {
        let text = text.trim();
        let home =
            || (self.environment)("HOME").or_else(|| (self.environment)("USERPROFILE")).map(PathBuf::from);
        let path = match text.strip_prefix("~/") {
            Some(rest) => home().map_or_else(|| PathBuf::from(text), |home| home.join(rest)),
            None => PathBuf::from(text),
        };
        std::path::absolute(&path)
            .map_err(|_| Failure::usage("the folder must be named"))
            .hint("type its path")
    }

    fn line(&self, question: &str, what: &str) -> Result<String> {
        ask(question, self.terminal);
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(0) => Err(ended(what)),
            Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(Failure::usage(format!("{what} could not be read: {error}"))),
        }
    }

    fn hidden(&self, question: &str, what: &str) -> Result<Secret> {
        if !self.terminal {
            return self.line(question, what).map(Secret::new);
        }
        ask(question, true);
        let typed = rpassword::read_password();
        match typed {
            Ok(text) => Ok(Secret::new(text)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                say("");
                Err(ended(what))
            }
            Err(error) => Err(Failure::usage(format!("{what} could not be read: {error}"))),
        }
    }
}

/// The question, on stderr: stdout is data. In a pipe each question is a line of its own.
fn ask(question: &str, terminal: bool) {
    if terminal {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
    } else {
        say(question.trim_end());
    }
}

/// A line of talk. A closed stderr is nobody's loss.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn ended(what: &str) -> Failure {
    Failure::from(Error::sign_in(format!("the input ended before {what} was given")))
}

fn needs_window(service: &ServiceInfo) -> Failure {
    let failure = Failure::usage(format!(
        "this way to sign in at {} needs a window, which the command line cannot show",
        service.name
    ));
    match without_window(service) {
        methods if methods.is_empty() => failure,
        methods => failure.hint(format!("try `baton connect {} --method …` with {methods}", service.id)),
    }
}

/// The methods that the command line can offer: "password, paste or import".
fn without_window(service: &ServiceInfo) -> String {
    let ids: Vec<_> =
        service.sign_in.iter().filter(|method| !method.needs_window).map(|method| method.id).collect();
    match ids.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => ids.concat(),
    }
}
