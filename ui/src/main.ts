// Starts the window: chooses who answers its commands, then shows it.

import { mount } from 'svelte';
import App from './App.svelte';
import './base.css';
import { useBackend } from './ipc/api';
import { tauriCommands } from './ipc/tauri';
import { app, applyTheme } from './state/app.svelte';
import './tokens.css';

async function begin(): Promise<void> {
  applyTheme('system');
  // A plain browser gets canned data; the app's own build leaves that out.
  if ('__TAURI_INTERNALS__' in window) useBackend(tauriCommands());
  else if (import.meta.env.MODE !== 'production') {
    const { demoCommands } = await import('./ipc/demo/index');
    useBackend(demoCommands(new URLSearchParams(location.search)));
  }
  const target = document.getElementById('app');
  if (target !== null) mount(App, { target });
  await app.open();
}

void begin();
