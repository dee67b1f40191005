// Everything that the demo's engine remembers, and how it tells the window of changes.

import type {
  Account,
  Attention,
  Changed,
  Config,
  EntryLine,
  Message,
  Preferences,
  Progress,
  RouteLine,
  Run,
  RunEvent,
  Schedule,
  Snapshot,
  Time,
} from '../bindings';

export class World {
  accounts: Account[] = [];
  routes: RouteLine[] = [];
  lines: EntryLine[] = [];
  runs: Run[] = [];
  attention: Attention[] = [];
  progress: Progress | null = null;
  next: Time | null = null;
  /** Whether the network counts what is used. */
  heldBack = false;
  schedule: Schedule = {
    interval_minutes: 60,
    after_waking: true,
    on_metered: false,
    paused: false,
    paused_until: null,
  };
  config: Config['preferences'] = { laps: 'auto', devices: {}, time_in_zone: true, keep_raw: true, look_back_days: 14 };
  preferences: Preferences;
  #hear: (message: Message) => void = () => undefined;

  constructor(preferences: Preferences) {
    this.preferences = preferences;
  }

  /** From now on this hears every message. */
  tell(hear: (message: Message) => void): void {
    this.#hear = hear;
  }

  say(message: Message): void {
    this.#hear(message);
  }

  changed(what: Changed): void {
    this.say({ message: 'engine', event: { event: 'changed', what } });
  }

  run(event: RunEvent): void {
    this.say({ message: 'engine', event: { event: 'run', ...event } });
  }

  attend(list: Attention[]): void {
    this.attention = list;
    this.say({ message: 'engine', event: { event: 'attention', list } });
  }

  snapshot(): Snapshot {
    return structuredClone({
      accounts: this.accounts,
      routes: this.routes,
      schedule: this.schedule,
      progress: this.progress,
      last_run: this.runs.find((run) => run.finished !== null) ?? null,
      next_sync: this.next,
      held_back: this.heldBack,
      attention: this.attention,
    });
  }

  line(account: string, key: string): EntryLine | undefined {
    return this.lines.find((line) => line.account === account && line.entry.key === key);
  }

  /** Takes away what came from an account; tells how much it was. */
  forget(account: string): number {
    const before = this.lines.length;
    this.lines = this.lines.filter((line) => line.account !== account);
    return before - this.lines.length;
  }

  /** Counts again what waits on each route. */
  count(): void {
    this.routes = this.routes.map((route) => {
      const own = this.lines.flatMap((line) => line.deliveries.filter((one) => one.route === route.route.id));
      const again = own.filter((one) => one.state === 'failed' && one.next_try !== null).length;
      return {
        ...route,
        waiting: own.filter((one) => one.state === 'planned' || one.state === 'sending').length + again,
        failed: again,
      };
    });
  }
}
