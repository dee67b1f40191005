//! The simulated Polar behaves as AccessLink's documentation says, its answers fit the published OpenAPI file, and its
//! generated sessions agree with the files beside them.

#![expect(clippy::unwrap_used, reason = "a step that fails is a failed test, in a helper as in a test")]

mod exercises;
mod history;
mod openapi;
mod sign_in;
mod support;
mod users;
mod webhooks;
