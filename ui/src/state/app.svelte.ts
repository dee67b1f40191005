// What the whole window knows: the engine's snapshot, preferences, services, and the messages that keep them current.

import { asError, commands } from '../ipc/api';
import type {
  Account,
  Error,
  Event,
  Message,
  Preferences,
  RouteLine,
  ServiceInfo,
  Snapshot,
  Start,
  UpdateState,
} from '../ipc/bindings';
import { locale, resolveLocale, t } from '../text/index';
import { newsDue } from './news';
import { goesOn, known, readsSnapshot, reduce, type Known } from './reduce';
import { isPlace } from './services';
import { view } from './view.svelte';

class App {
  #start = $state.raw<Start | null>(null);
  #known = $state.raw<Known | null>(null);
  #startLogin = $state(false);
  /** Set where not even `start` answered. */
  failed = $state.raw<Error | null>(null);
  /** Whether a run that this window asked for is being begun: the button answers before the first event. */
  starting = $state(false);
  /** What the last command of the whole window was refused with, until it is put away. */
  trouble = $state.raw<Error | null>(null);
  /** What keeps Baton from its secrets: the page for a passphrase lies over everything until it is given or put off. */
  vault = $state<'ready' | 'needs_passphrase' | 'unavailable'>('ready');
  #listeners = new Set<(event: Event) => void>();
  #reading = false;
  #again = false;

  /** Whether `start` answered; before that only the frame is shown. */
  ready = $derived(this.#start !== null);
  snapshot = $derived<Snapshot>(this.#known?.snapshot ?? emptySnapshot);
  accounts = $derived<Account[]>(this.snapshot.accounts);
  routes = $derived<RouteLine[]>(this.snapshot.routes);
  services = $derived<ServiceInfo[]>(this.#start?.services ?? []);
  preferences = $derived<Preferences>(this.#known?.preferences ?? firstPreferences);
  update = $derived<UpdateState>(this.#known?.update ?? { update: 'none' });
  /** `app.versions.entries` and so on count up when that thing changed: read it in an $effect or $derived that loads. */
  versions = $derived<Known['versions']>(
    this.#known?.versions ?? { accounts: 0, routes: 0, entries: 0, runs: 0, config: 0, schedule: 0 },
  );
  /** A run is under way, or this window has just asked for one. */
  running = $derived(this.snapshot.progress !== null || this.starting);

  get start(): Start | null {
    return this.#start;
  }

  get startAtLogin(): boolean {
    return this.#startLogin;
  }

  /** Begins: the first snapshot, then every message in order. */
  async open(): Promise<void> {
    const early: Message[] = [];
    this.#known = null;
    const hear = (message: Message) => {
      if (this.#known === null) early.push(message);
      else this.#hear(message);
    };
    try {
      const start = await commands.start(hear);
      this.failed = null;
      this.#start = start;
      this.#known = known(start);
      this.#startLogin = start.start_at_login;
      this.vault = start.vault.vault;
      this.#applyPreferences();
      for (const message of early) this.#hear(message);
      if (start.place !== null) view.go(start.place);
      else if (this.preferences.news_seen === '') void this.setPreferences({ news_seen: start.version });
      else if (newsDue(this.preferences.news_seen, start.version, this.preferences.welcomed))
        view.dialog = { dialog: 'news' };
    } catch (thrown) {
      this.failed = asError(thrown);
    }
  }

  /** Reads the snapshot again; calls that come while one is under way are joined into one more. */
  async reread(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        const snapshot = await commands.snapshot();
        if (this.#known === null) return;
        const before = this.#known.snapshot;
        this.#known = { ...this.#known, snapshot };
        // Where another sync is already under way, that one takes them along.
        if (goesOn(before, snapshot))
          void commands.sync({ route: null, since: null, until: null }).catch(() => undefined);
      } while (this.#again);
    } catch (thrown) {
      this.trouble = asError(thrown);
    } finally {
      this.#reading = false;
    }
  }

  /** Runs a command for the whole window: true where it went well; else its error is shown. */
  async attempt(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (thrown) {
      const error = asError(thrown);
      this.report(error);
      return false;
    }
  }

  /** Shows an error where the whole window sees it; without a place for secrets, the page that asks for one. */
  report(error: Error): void {
    if (error.kind === 'vault_locked') this.vault = 'unavailable';
    else if (error.kind !== 'cancelled') this.trouble = error;
  }

  /** Hears every event of the engine as it comes, until the returned function is called. */
  listen(hear: (event: Event) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  async sync(scope: { route?: string; since?: string; until?: string } = {}): Promise<void> {
    if (this.running) return;
    this.starting = true;
    try {
      await this.attempt(() =>
        commands.sync({ route: scope.route ?? null, since: scope.since ?? null, until: scope.until ?? null }),
      );
    } finally {
      this.starting = false;
    }
    await this.reread();
  }

  async stop(): Promise<void> {
    await this.attempt(() => commands.stop());
  }

  async pause(until: Date | null): Promise<void> {
    if (await this.attempt(() => commands.pause(until === null ? null : until.toISOString()))) await this.reread();
  }

  async resume(): Promise<void> {
    if (await this.attempt(() => commands.resume())) await this.reread();
  }

  /** Shows the change at once and keeps it. */
  async setPreferences(change: Partial<Preferences>): Promise<void> {
    if (this.#known === null) return;
    const preferences = { ...this.#known.preferences, ...change };
    this.#known = { ...this.#known, preferences };
    this.#applyPreferences();
    await this.attempt(() => commands.setPreferences(preferences));
  }

  async setStartAtLogin(on: boolean): Promise<void> {
    if (await this.attempt(() => commands.setStartAtLogin(on))) this.#startLogin = on;
  }

  service(id: string): ServiceInfo | undefined {
    return this.services.find((service) => service.id === id);
  }

  account(id: string): Account | undefined {
    return this.accounts.find((account) => account.id === id);
  }

  /** An account's service's name, "Garmin Connect", of two of a service with whose it is, "Folder ~/FIT". The id where it is gone. */
  accountName(id: string): string {
    const account = this.account(id);
    if (account === undefined) return this.service(id)?.name ?? id;
    const info = this.service(account.service);
    if (info !== undefined && isPlace(info)) return t('accounts.placeName', { name: account.display_name });
    const alike = this.accounts.filter((other) => other.service === account.service).length;
    return alike > 1 ? `${account.service_name} (${account.display_name})` : account.service_name;
  }

  #hear(message: Message): void {
    if (this.#known === null) return;
    this.#known = reduce(this.#known, message);
    if (message.message === 'preferences') this.#applyPreferences();
    if (message.message === 'go') view.go(message.place);
    if (message.message === 'closing') view.dialog = { dialog: 'closing' };
    if (message.message === 'engine') {
      const { event } = message;
      for (const hear of this.#listeners) hear(event);
      if (event.event === 'changed' && readsSnapshot[event.what]) void this.reread();
      if (event.event === 'run' && event.at === 'finished') void this.reread();
    }
  }

  #applyPreferences(): void {
    if (this.#start === null || this.#known === null) return;
    locale.set(resolveLocale(this.#known.preferences, this.#start.locale));
    applyTheme(this.#known.preferences.theme);
    document.documentElement.lang = locale.value.language;
    document.documentElement.dataset['system'] = this.#start.system;
  }
}

const dark = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;

/** Sets the theme on the document, the system's where that was chosen. */
export function applyTheme(theme: Preferences['theme']): void {
  document.documentElement.dataset['theme'] = theme === 'system' ? (dark?.matches === true ? 'dark' : 'light') : theme;
}

const emptySnapshot: Snapshot = {
  accounts: [],
  routes: [],
  schedule: { interval_minutes: 60, after_waking: true, on_metered: false, paused: false, paused_until: null },
  progress: null,
  last_run: null,
  next_sync: null,
  held_back: false,
  attention: [],
};

const firstPreferences: Preferences = {
  theme: 'system',
  language: 'system',
  units: 'system',
  welcomed: true,
  close_explained: false,
  keep_running: true,
  notify_attention: true,
  notify_arrivals: false,
  linked_already: null,
  list_width: 380,
  news_seen: '',
};

export const app = new App();

dark?.addEventListener('change', () => applyTheme(app.preferences.theme));
