//! The app's main window as a person with a screen reader knows it: by roles, names and visible words. Everything
//! waits until it is there.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::session::scriptret::ScriptRet;
use thirtyfour::{Capabilities, WebDriver, WebElement};
use tokio::runtime::Runtime;

use super::{PATIENCE, eventually, persistently, until};

const FIND: &str = concat!(include_str!("names.js"), include_str!("find.js"));
const FOCUSED: &str = concat!(include_str!("names.js"), include_str!("focused.js"));
/// How long the driver may take for a script.
const ANSWER: Duration = Duration::from_secs(10);
/// What WebDriver calls the keys without a letter.
pub mod keys {
    pub const BACKSPACE: &str = "\u{e003}";
    pub const TAB: &str = "\u{e004}";
    pub const ENTER: &str = "\u{e007}";
    pub const SHIFT: &str = "\u{e008}";
    pub const CONTROL: &str = "\u{e009}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const SPACE: &str = "\u{e00d}";
    pub const LEFT: &str = "\u{e012}";
    pub const UP: &str = "\u{e013}";
    pub const RIGHT: &str = "\u{e014}";
    pub const DOWN: &str = "\u{e015}";
}

/// A window under WebDriver.
pub struct Page {
    runtime: Runtime,
    driver: Option<WebDriver>,
}

impl Page {
    /// Starts a program through the driver that listens on this port.
    ///
    /// # Panics
    /// Where it shows no window.
    pub fn open(port: u16, program: &Path, arguments: &[&str]) -> Page {
        // The HTTP client has no cryptography of its own; whoever came first has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut wanted = Capabilities::new();
        wanted
            .set("tauri:options", json!({ "application": program, "args": arguments }))
            .expect("plain JSON");
        let connect = WebDriver::builder(format!("http://127.0.0.1:{port}"), wanted)
            .request_timeout(PATIENCE)
            .keep_alive(false);
        let driver = runtime.block_on(connect.connect()).expect("the app shows a window");
        Page { runtime, driver: Some(driver) }
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("open until it is dropped")
    }

    /// Runs a script in the page: the body of a function.
    pub fn try_script(&self, script: &str, arguments: Vec<Value>) -> Option<Value> {
        Some(self.execute(script, arguments)?.json().clone())
    }

    /// WebKit's driver forgets what it is asked while a window closes: that is not waited for.
    fn execute(&self, script: &str, arguments: Vec<Value>) -> Option<ScriptRet> {
        let asked = async { tokio::time::timeout(ANSWER, self.driver().execute(script, arguments)).await };
        self.runtime.block_on(asked).ok()?.ok()
    }

    /// # Panics
    /// Where the script fails.
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.runtime.block_on(self.driver().execute(script, arguments));
        answer.unwrap_or_else(|error| panic!("the script failed: {error}")).json().clone()
    }

    /// Runs a script whose last argument is to be called with its answer.
    ///
    /// # Panics
    /// Where the script fails.
    pub fn script_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.runtime.block_on(self.driver().execute_async(script, arguments));
        answer.unwrap_or_else(|error| panic!("the script failed: {error}")).json().clone()
    }

    fn matches(&self, role: &str, name: &str) -> Option<Vec<WebElement>> {
        self.execute(FIND, vec![json!(role), json!(name)])?.elements().ok()
    }

    /// The element with this role and accessible name, once it is there. An empty role is any.
    ///
    /// # Panics
    /// Where it does not come.
    pub fn find(&self, role: &str, name: &str) -> WebElement {
        eventually(&format!("{role} “{name}”"), || self.matches(role, name)?.into_iter().next())
    }

    /// Whether such an element is there now.
    pub fn has(&self, role: &str, name: &str) -> bool {
        self.matches(role, name).is_some_and(|found| !found.is_empty())
    }

    /// Clicks it once it is there and enabled. It may be drawn anew meanwhile: then the new one is clicked. It may be
    /// gone by its own click before the driver has said so: then it was clicked.
    ///
    /// # Panics
    /// Where it cannot be clicked.
    pub fn click(&self, role: &str, name: &str) {
        let end = Instant::now() + PATIENCE;
        let mut element = self.find(role, name);
        loop {
            let clicked = self.runtime.block_on(async {
                if !element.is_enabled().await? {
                    return Ok(false);
                }
                element.click().await.map(|()| true)
            });
            match &clicked {
                Ok(true) => return,
                Ok(false) => assert!(Instant::now() < end, "{role} “{name}” stays disabled"),
                Err(error) => assert!(Instant::now() < end, "{role} “{name}” cannot be clicked: {error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
            match self.matches(role, name).and_then(|found| found.into_iter().next()) {
                Some(found) => element = found,
                None if clicked.is_err() => return,
                None => element = self.find(role, name),
            }
        }
    }

    /// Clicks it where it is there; the window may go at any moment.
    pub fn try_click(&self, role: &str, name: &str) {
        if let Some(element) = self.matches(role, name).and_then(|found| found.into_iter().next()) {
            let _ = self.runtime.block_on(element.click());
        }
    }

    /// Whether it can be clicked now.
    ///
    /// # Panics
    /// Where it does not come.
    pub fn is_enabled(&self, role: &str, name: &str) -> bool {
        let element = self.find(role, name);
        self.runtime.block_on(element.is_enabled()).unwrap_or_default()
    }

    pub fn press(&self, name: &str) {
        self.click("button", name);
    }

    /// Types into the field with this label, in place of what is there, until it holds that text.
    ///
    /// # Panics
    /// Where it does not.
    pub fn fill(&self, label: &str, text: &str) {
        self.fill_in(&[(label, text)]);
    }

    /// Types into several fields, each by its label, until each holds its text: letters for one may land in another while
    /// a busy page moves the focus.
    ///
    /// # Panics
    /// Where they do not.
    pub fn fill_in(&self, fields: &[(&str, &str)]) {
        let labels: Vec<_> = fields.iter().map(|(label, _)| label).collect();
        let missing = || fields.iter().filter(|(label, text)| self.value(label).as_deref() != Some(text));
        persistently(
            &format!("text in {labels:?}"),
            || missing().next().is_none(),
            || missing().for_each(|(label, text)| self.type_into(label, text)),
        );
    }

    fn value(&self, label: &str) -> Option<String> {
        let field = self.matches("textbox", label)?.into_iter().next()?;
        self.runtime.block_on(field.value()).ok()?
    }

    /// Types into a field that is sent off by itself once it is full, and then holds nothing any more.
    ///
    /// # Panics
    /// Where it takes no text.
    pub fn type_into(&self, label: &str, text: &str) {
        let field = self.find("textbox", label);
        let typed = self.runtime.block_on(async {
            field.clear().await?;
            field.send_keys(text).await
        });
        typed.unwrap_or_else(|error| panic!("“{label}” takes no text: {error}"));
    }

    /// Everything that can be read in the window now.
    pub fn text(&self) -> String {
        let text = self.try_script("return document.body?.innerText ?? ''", vec![]);
        text.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether these words can be read now; typographic spaces count as spaces.
    pub fn reads(&self, words: &str) -> bool {
        tidy(&self.text()).contains(&tidy(words))
    }

    /// Waits until these words can be read.
    ///
    /// # Panics
    /// With what is there instead, where they do not come.
    pub fn sees(&self, words: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.reads(words) {
            assert!(
                Instant::now() < end,
                "waited in vain for the words “{words}”; there is:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until these words are gone.
    ///
    /// # Panics
    /// Where they stay.
    pub fn sees_no_more(&self, words: &str) {
        until(&format!("“{words}” to go"), || !self.reads(words));
    }

    /// Presses and releases keys one after the other, as a keyboard does: wherever the focus is.
    ///
    /// # Panics
    /// Where the window takes no keys.
    pub fn keys(&self, text: &str) {
        let typed = self.runtime.block_on(self.driver().action_chain().send_keys(text).perform());
        typed.unwrap_or_else(|error| panic!("the window takes no keys: {error}"));
    }

    /// Presses a key while others are held.
    ///
    /// # Panics
    /// Where the window takes no keys.
    pub fn chord(&self, held: &str, key: char) {
        let held = held.chars().next().expect("a key");
        let chain = self.driver().action_chain().key_down(held).key_down(key).key_up(key).key_up(held);
        self.runtime
            .block_on(chain.perform())
            .unwrap_or_else(|error| panic!("the window takes no keys: {error}"));
    }

    /// Role and name of what has the focus.
    pub fn focused(&self) -> (String, String) {
        let found = self.try_script(FOCUSED, vec![]).unwrap_or_default();
        let part = |at: usize| found[at].as_str().unwrap_or_default().to_owned();
        (part(0), part(1))
    }

    pub fn picture(&self, file: &Path) {
        if let Err(error) = self.runtime.block_on(self.driver().screenshot(file)) {
            println!("no picture of the window: {error}");
        }
    }

    pub fn source(&self) -> String {
        self.runtime.block_on(self.driver().source()).unwrap_or_default()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The program is ended with its driver: asking politely takes longer than that.
        if let Some(driver) = self.driver.take() {
            let _ = driver.leak();
        }
    }
}

/// One space between words, whichever kind it was.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
