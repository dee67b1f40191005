// The commands as Tauri's side offers them; messages come through one channel, in order.

import { Channel } from '@tauri-apps/api/core';
import { commands, type Commands, type Message } from './bindings';

export function tauriCommands(): Commands {
  return {
    ...commands,
    start(hear) {
      const channel = new Channel<Message>();
      channel.onmessage = hear;
      return commands.start(channel);
    },
  };
}
