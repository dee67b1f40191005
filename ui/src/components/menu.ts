// What a menu shows: actions, choices with a tick, lines between, sub-menus.

import type { Component } from 'svelte';

export type MenuItem =
  | {
      item: 'action';
      label: string;
      onselect: () => void;
      icon?: Component<{ size?: number | string }>;
      keys?: string;
      disabled?: boolean;
      danger?: boolean;
      checked?: boolean;
    }
  | { item: 'line' }
  | { item: 'sub'; label: string; icon?: Component<{ size?: number | string }>; items: MenuItem[] };
