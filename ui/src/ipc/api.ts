// The way to the engine: `commands` is Tauri's side in the app and a canned one in a plain browser.

import type { Commands, Error, ErrorKind } from './bindings';

/** Every command. A live binding, set once by `useBackend` before anything is shown. */
export let commands: Commands;

export function useBackend(backend: Commands): void {
  commands = backend;
}

/** Whatever a command was rejected with, as an error of Baton's. */
export function asError(thrown: unknown): Error {
  if (typeof thrown === 'object' && thrown !== null && 'kind' in thrown && typeof thrown.kind === 'string') {
    const message = 'message' in thrown && typeof thrown.message === 'string' ? thrown.message : '';
    return { ...(thrown as ErrorKind), message };
  }
  return { kind: 'bug', message: thrown instanceof globalThis.Error ? thrown.message : String(thrown) };
}
