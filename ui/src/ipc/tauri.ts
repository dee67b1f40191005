// The commands as Tauri's side offers them: snake_case names, arguments by name, messages through one channel.

import { Channel, invoke } from '@tauri-apps/api/core';
import type { Commands, Message } from './bindings';

/** Each command's arguments in order; a command that is missing here does not compile. */
const argumentNames = {
  start: ['channel'],
  snapshot: [],
  beginSignIn: ['service', 'method', 'domain'],
  replySignIn: ['id', 'reply'],
  signInWait: ['id'],
  cancelSignIn: ['id'],
  signOut: ['account'],
  unlockVault: ['passphrase'],
  remindMe: ['service', 'at'],
  saveRoute: ['route'],
  deleteRoute: ['id'],
  plan: ['scope'],
  sync: ['scope'],
  send: ['entries', 'destination'],
  stop: [],
  pause: ['until'],
  resume: [],
  entries: ['query'],
  days: ['query'],
  preview: ['account', 'key'],
  saveFiles: ['entries', 'format'],
  pickFiles: [],
  pickFolder: [],
  lookIntoFiles: ['paths'],
  importFiles: ['paths', 'destination'],
  runs: ['limit'],
  runLines: ['run'],
  config: [],
  updateConfig: ['patch'],
  setPreferences: ['preferences'],
  setStartAtLogin: ['on'],
  storage: [],
  showFile: ['path'],
  supportText: ['run'],
  saveDiagnostics: [],
  forgetEverything: [],
  startNewLedger: [],
  openLink: ['url'],
  copyText: ['text'],
  checkForUpdate: [],
  installUpdate: [],
  closeWindow: ['keepRunning'],
  quit: [],
} satisfies Record<keyof Commands, string[]>;

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function channelTo(listener: (message: Message) => void): Channel<Message> {
  const channel = new Channel<Message>();
  channel.onmessage = listener;
  return channel;
}

export function tauriCommands(): Commands {
  const entries = Object.entries(argumentNames).map(([name, names]) => {
    const call = (...given: unknown[]) => {
      const values = name === 'start' ? [channelTo(given[0] as (message: Message) => void)] : given;
      return invoke(snakeCase(name), Object.fromEntries(names.map((argument, index) => [argument, values[index]])));
    };
    return [name, call] as const;
  });
  return Object.fromEntries(entries) as unknown as Commands;
}
