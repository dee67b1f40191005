// Generated from the Rust types by `npm run bindings`. Do not edit.
// (DRAFT by hand until the Rust side generates it; shapes are agreed.)

export type Time = string; // ISO 8601 in UTC, e.g. "2026-11-20T06:30:00Z"
export type Kind = "activity" | "body" | "blood_pressure";
export type Format = "fit" | "tcx" | "gpx" | "json";

export type ErrorKind =
  | { kind: "sign_in_required" }
  | { kind: "consent_required"; link: string }
  | { kind: "login_cool_down"; until: Time }
  | { kind: "rate_limited"; until: Time }
  | { kind: "offline" }
  | { kind: "service_down" }
  | { kind: "rejected"; reason: string }
  | { kind: "incomplete" }
  | { kind: "unsupported" }
  | { kind: "unsettled" }
  | { kind: "vault_locked" }
  | { kind: "storage" }
  | { kind: "service_changed" }
  | { kind: "bad_input" }
  | { kind: "busy" }
  | { kind: "cancelled" }
  | { kind: "bug" };
/** The kind, and one English sentence without a full stop at its end (shown behind "Details"). */
export type Error = ErrorKind & { message: string };

// ---- services and accounts
export type SignInMethod = { id: string; name: string; needs_window: boolean };
export type Notice = { unofficial: string; may_break: string; password: string; revoke: string };
export type ServiceInfo = {
  id: string; // "garmin"
  name: string; // "Garmin Connect"
  reads: Kind[];
  writes: Kind[];
  accepts: Format[];
  sign_in: SignInMethod[]; // the recommended first; ids: window, password, paste, import, folder, browser …
  notice: Notice | null; // unofficial interface where present
  home: string;
  min_interval_minutes: number;
  keep_raw: boolean;
};
export type AccountState =
  | { state: "connected" }
  | { state: "needs_person"; error: Error; since: Time }
  | { state: "resting"; error: Error; until: Time }
  | { state: "trouble"; error: Error; since: Time }
  | { state: "unknown_service" };
export type Account = {
  id: string; // "garmin", "garmin-2"
  service: string;
  service_name: string;
  display_name: string;
  domain: string | null;
  reads: Kind[];
  writes: Kind[];
  state: AccountState;
};

export type Prompt =
  | { prompt: "password"; help: string }
  | { prompt: "code"; sent_to: string | null; wrong: boolean }
  | { prompt: "browser"; url: string }
  | { prompt: "window"; url: string; watch_for: string[] }
  | { prompt: "app_keys"; help_url: string; redirect_uri: string }
  | { prompt: "paste"; help: string }
  | { prompt: "folder"; help: string };
/** What the window answers. `window` and `browser` prompts are answered by the shell itself: call `signInWait`. */
export type SignInReply =
  | { reply: "password"; username: string; password: string }
  | { reply: "code"; code: string }
  | { reply: "app_keys"; client_id: string; client_secret: string }
  | { reply: "text"; text: string }
  | { reply: "folder"; path: string };
export type SignInStep = { step: "ask"; prompt: Prompt } | { step: "done"; account: Account };
export type SignInBegun = { id: number; step: SignInStep };

// ---- routes, schedule, settings of the engine
export type Route = {
  id: string; // "" in a new one
  from: string;
  to: string;
  kinds: Kind[];
  since: Time | null;
  until: Time | null;
  include_sports: string[]; // FIT names, "running" or "running/trail"
  exclude_sports: string[];
  format: Format | null;
  title: string | null; // template
  description: string | null;
  gear: string | null;
  join_gap_seconds: number | null;
  enabled: boolean;
};
export type SavedRoute = { route: Route; warnings: string[] };
/** A route with how it stands. */
export type RouteLine = {
  route: Route;
  /** Until when its source has been looked at. */
  checked: Time | null;
  /** Entries on their way: planned, cut off or failed and to be tried again. */
  waiting: number;
  /** Of these, the ones that failed the last time. */
  failed: number;
};
export type Schedule = {
  interval_minutes: number;
  after_waking: boolean;
  paused: boolean;
  paused_until: Time | null;
};
export type LapStyle = "auto" | "segments" | "targets" | "distance" | "none";
export type EnginePreferences = {
  laps: LapStyle;
  devices: Record<string, unknown>; // sport name -> preset name (string) or a device of one's own
  time_in_zone: boolean;
  keep_raw: boolean;
  look_back_days: number;
};

// ---- entries and deliveries
export type Span = { start: Time; end: Time };
export type RecordedBy = "source" | { elsewhere: string };
export type Entry = {
  key: string;
  kind: Kind;
  span: Span;
  revision: string;
  recorded_by: RecordedBy;
  title: string;
  sport: string | null; // FIT name: "cycling"
  sub_sport: string | null; // "indoor_cycling"
  utc_offset: number | null; // seconds
  in_progress: boolean;
};
export type Key = { id: string; link: string | null };
export type DeliveryState = "planned" | "sending" | "created" | "already_there" | "failed" | "skipped";
export type SkipReason =
  | { reason: "delivered" }
  | { reason: "own_copy" }
  | { reason: "recorded_elsewhere"; by: string }
  | { reason: "kind_off" }
  | { reason: "filtered" }
  | { reason: "too_old" }
  | { reason: "in_progress" }
  | { reason: "gave_up"; attempts: number }
  | { reason: "account_blocked" }
  | { reason: "unsupported" };
export type Delivery = {
  source: string;
  key: string;
  destination: string;
  route: string;
  state: DeliveryState;
  revision: string;
  skip: SkipReason | null;
  joined_into: string | null;
  file: string | null; // name in the archive
  file_hash: string | null;
  remote: Key | null;
  attempts: number;
  error: Error | null;
  next_try: Time | null;
  remarks: string[];
  changed: Time;
  run: number | null;
};
/** Few numbers for a row of the list, known once the item was fetched. SI units. */
export type Headline = {
  distance: number | null; // m
  timer: number | null; // s
  avg_power: number | null; // W
  avg_heart_rate: number | null; // bpm
  avg_speed: number | null; // m/s
  calories: number | null; // kcal
  weight: number | null; // kg
};
export type EntryLine = { account: string; entry: Entry; headline: Headline | null; deliveries: Delivery[] };
export type EntryId = { account: string; key: string };
/** Which entries; `state` is the worst over an entry's deliveries, "none" where it has none. */
export type EntriesQuery = {
  search: string;
  account: string | null;
  kind: Kind | null;
  state: DeliveryState | "none" | null;
  limit: number;
  offset: number;
};
/** How many entries of a query fall on each local day, the newest first: what a virtual list needs to lay itself out. */
export type DayCount = { day: string /* 2026-11-20 */; entries: number };

// ---- preview
export type Statistics = {
  distance: number | null; work: number | null; calories: number | null;
  avg_speed: number | null; max_speed: number | null;
  avg_heart_rate: number | null; max_heart_rate: number | null; min_heart_rate: number | null;
  avg_power: number | null; max_power: number | null; normalized_power: number | null;
  intensity_factor: number | null; training_stress_score: number | null;
  avg_cadence: number | null; max_cadence: number | null; total_cycles: number | null; avg_stroke_distance: number | null;
  ascent: number | null; descent: number | null;
  avg_altitude: number | null; max_altitude: number | null; min_altitude: number | null;
  avg_grade: number | null; max_grade: number | null;
  avg_temperature: number | null; max_temperature: number | null;
  time_in_heart_rate_zone: number[]; time_in_power_zone: number[];
};
export type Quantity = "heart_rate" | "power" | "cadence" | "speed" | "resistance" | "altitude" | "temperature";
/** One quantity over `Series.seconds`; null is a gap. SI units. */
export type Trace = { quantity: Quantity; values: (number | null)[] };
/** `seconds` since the start, strictly increasing. */
export type Series = { seconds: number[]; traces: Trace[] };
/** A target of the class to keep to, seconds since the start. */
export type TargetBand = { quantity: Quantity; from: number; to: number; low: number; high: number };
/** A line on plain surface: x and y in metres from the first point, east and north; null is a gap. */
export type Track = { points: ([number, number] | null)[]; seconds: number[] };
export type PreviewLap = { name: string | null; start: number /* s since start */; elapsed: number; timer: number; statistics: Statistics };
export type PreviewSet = {
  start: number; duration: number; rest: boolean;
  name: string | null; repetitions: number | null; weight: number | null; implements: number | null;
};
export type ZoneBar = { zone: number; low: number | null; high: number | null; seconds: number };
export type ActivityPreview = {
  sport: string;
  sub_sport: string;
  title: string;
  instructor: string | null;
  notes: string;
  start: Time;
  utc_offset: number | null;
  elapsed: number;
  timer: number;
  totals: Statistics;
  laps: PreviewLap[];
  sets: PreviewSet[];
  pauses: [number, number][];
  heart_rate_zones: ZoneBar[]; // empty where the zones are not known
  power_zones: ZoneBar[];
  targets: TargetBand[];
  series: Series;
  track: Track | null;
};
export type Body = {
  time: Time; utc_offset: number | null; weight: number | null; percent_fat: number | null; percent_hydration: number | null;
  bone_mass: number | null; muscle_mass: number | null; bmi: number | null; visceral_fat_rating: number | null;
  metabolic_age: number | null; physique_rating: number | null; basal_met: number | null; active_met: number | null;
};
export type BloodPressure = { time: Time; utc_offset: number | null; systolic: number; diastolic: number; heart_rate: number | null };
export type PreviewItem =
  | { item: "activity"; activity: ActivityPreview }
  | { item: "body"; body: Body }
  | { item: "blood_pressure"; blood_pressure: BloodPressure };
export type PreviewFile = { name: string; format: Format; bytes: number; device: string | null };
export type Preview = {
  line: EntryLine;
  /** Absent where the samples could not be had: `error` then says why. */
  item: PreviewItem | null;
  error: Error | null;
  /** The very file that was sent, else the one that would be. */
  file: PreviewFile | null;
  /** Repairs and remarks, one English sentence each. */
  repairs: string[];
};

// ---- plan and runs
export type Verdict = { verdict: "send"; check_first: boolean } | { verdict: "skip"; skip: SkipReason };
export type Decision = {
  route: string; from: string; to: string;
  entries: Entry[];
  verdict: Verdict;
  note: string | null;
  last: boolean;
};
export type Plan = { decisions: Decision[]; beyond_limit: number };
export type PlanScope = {
  route: string | null; // also a disabled one
  since: Time | null;
  until: Time | null;
  /** Also ask the destinations what they hold already: such entries are skipped as "delivered". */
  look: boolean;
};
export type SyncScope = { route: string | null; since: Time | null; until: Time | null };
export type Trigger = "person" | "schedule" | "waking";
export type Run = {
  id: number; trigger: Trigger; started: Time; finished: Time | null;
  created: number; already_there: number; skipped: number; failed: number;
  error: Error | null;
};
export type RunSummary = {
  run: number; created: number; already_there: number; skipped: number; failed: number; beyond_limit: number;
  blocked: Attention[]; error: Error | null;
};
/** One line of a run's history: the delivery and the entry it was about. */
export type RunLine = { title: string; start: Time | null; utc_offset: number | null; delivery: Delivery };

// ---- events
export type Stage = "list" | "plan" | "fetch" | "clean" | "encode" | "archive" | "check" | "deliver" | "record";
export type Outcome =
  | { outcome: "created"; key: Key; remarks: string[] }
  | { outcome: "already_there"; key: Key | null }
  | { outcome: "skipped"; skip: SkipReason }
  | { outcome: "failed"; error: Error };
export type RunEvent =
  | { at: "started"; run: number }
  | { at: "listed"; account: string; entries: number }
  | { at: "planned"; send: number; skip: number }
  | { at: "step"; step: number; route: string; to: string; title: string; stage: Stage }
  | { at: "step_done"; step: number; route: string; title: string; start: Time | null; utc_offset: number | null;
      file: string | null; format: Format | null; outcome: Outcome; remarks: string[] }
  | { at: "finished"; run: number; created: number; already_there: number; skipped: number; failed: number; error: Error | null };
export type Changed = "accounts" | "routes" | "entries" | "runs" | "config" | "schedule";
export type Attention = { account: string | null; error: Error; since: Time };
export type Event =
  | ({ event: "run" } & RunEvent)
  | { event: "changed"; what: Changed }
  | { event: "attention"; list: Attention[] };
/** Where the run of this moment stands; absent while none is under way. */
export type Progress = {
  run: number | null;
  /** Entries that the sources have told of until now. */
  listed: number;
  /** How many will be sent; absent until the plan stands. */
  send: number | null;
  done: number;
  failed: number;
  /** What it is doing now. */
  step: { title: string; route: string; to: string; stage: Stage } | null;
  /** Sends done so far by route. */
  by_route: Record<string, number>;
};
export type Snapshot = {
  accounts: Account[];
  routes: RouteLine[];
  schedule: Schedule;
  progress: Progress | null;
  last_run: Run | null;
  next_sync: Time | null;
  attention: Attention[];
};

// ---- the shell's own
export type Theme = "system" | "light" | "dark";
export type Language = "system" | "en" | "de";
export type UnitSystem = "system" | "metric" | "imperial";
/** The interface's own settings, kept by the shell. */
export type Preferences = {
  theme: Theme;
  language: Language;
  units: UnitSystem;
  /** Whether the first run's steps are over. */
  welcomed: boolean;
  /** Whether closing the window was explained. */
  close_explained: boolean;
  /** Whether closing the window keeps Baton running. */
  keep_running: boolean;
  notify_attention: boolean;
  notify_arrivals: boolean;
  /** Whether Garmin Connect (or another destination) already passes activities on to Strava; asked once. */
  linked_already: boolean | null;
  /** Width of the activities' list in px. */
  list_width: number;
  /** The version whose news were shown. */
  news_seen: string;
};
export type UpdateState =
  | { update: "none" }
  | { update: "checking" }
  | { update: "downloading"; version: string; percent: number | null }
  | { update: "ready"; version: string; notes: string }
  /** Made for a package manager: it only says that there is one. */
  | { update: "available_elsewhere"; version: string; notes: string }
  | { update: "failed"; error: Error };
export type Place =
  | { place: "home" }
  | { place: "activities" }
  | { place: "accounts" }
  | { place: "history" }
  | { place: "settings" }
  | { place: "entry"; account: string; key: string }
  | { place: "sign_in"; account: string }
  | { place: "import"; paths: string[] };
/** Everything that the window hears: one ordered channel. */
export type Message =
  | { message: "engine"; event: Event }
  | { message: "update"; state: UpdateState }
  | { message: "preferences"; preferences: Preferences }
  | { message: "go"; place: Place }
  /** The window was asked to close for the first time: explain, then call `closeWindow` or `quit`. */
  | { message: "closing" };
export type VaultState =
  | { vault: "ready" }
  /** A vault under a passphrase is there: ask for it. */
  | { vault: "needs_passphrase" }
  /** No keychain on this computer: offer a passphrase. */
  | { vault: "unavailable"; error: Error };
export type Start = {
  version: string;
  /** "linux", "macos", "windows" */
  system: string;
  /** The system's language tag, e.g. "de-DE". */
  locale: string;
  tray: boolean;
  start_at_login: boolean;
  services: ServiceInfo[];
  preferences: Preferences;
  snapshot: Snapshot;
  update: UpdateState;
  vault: VaultState;
  /** Set where the app was opened for something (a tray item, a notification). */
  place: Place | null;
  /** Set where the history file cannot be read: everything else is then empty. */
  broken: Error | null;
  home: string; // data directory
};
export type Config = { preferences: EnginePreferences; schedule: Schedule };
export type Storage = { archive_bytes: number; archive_files: number; ledger_bytes: number; archive: string };
/** What is in files that were dropped or chosen, before they are imported. */
export type ImportLine = { path: string; name: string; title: string; kind: Kind | null; start: Time | null; utc_offset: number | null;
  seconds: number | null; sport: string | null; error: Error | null };

/** Every command; each rejects with `Error`. (Generated as `commands`, with results unwrapped by api.ts.) */
export interface Commands {
  start(channel: (message: Message) => void): Promise<Start>;
  snapshot(): Promise<Snapshot>;
  // sign-in
  beginSignIn(service: string, method: string | null, domain: string | null): Promise<SignInBegun>;
  replySignIn(id: number, reply: SignInReply): Promise<SignInStep>;
  /** For `window` and `browser` prompts: opens it and waits for the redirect; rejects with `cancelled` where it was closed. */
  signInWait(id: number): Promise<SignInStep>;
  cancelSignIn(id: number): Promise<null>;
  signOut(account: string): Promise<null>;
  unlockVault(passphrase: string): Promise<null>;
  /** A system notification at that time, once. */
  remindMe(service: string, at: Time): Promise<null>;
  // routes
  saveRoute(route: Route): Promise<SavedRoute>;
  deleteRoute(id: string): Promise<null>;
  // sync
  plan(scope: PlanScope): Promise<Plan>;
  sync(scope: SyncScope): Promise<RunSummary>;
  send(entries: EntryId[], destination: string): Promise<RunSummary>;
  stop(): Promise<null>;
  pause(until: Time | null): Promise<null>;
  resume(): Promise<null>;
  // entries
  entries(query: EntriesQuery): Promise<EntryLine[]>;
  days(query: EntriesQuery): Promise<DayCount[]>;
  preview(account: string, key: string): Promise<Preview>;
  /** Asks for a folder; null where the person cancelled. The paths written. */
  saveFiles(entries: EntryId[], format: Format): Promise<string[] | null>;
  /** Native picker for FIT, TCX, GPX; null where cancelled. */
  pickFiles(): Promise<string[] | null>;
  pickFolder(): Promise<string | null>;
  lookIntoFiles(paths: string[]): Promise<ImportLine[]>;
  importFiles(paths: string[], destination: string): Promise<RunSummary>;
  // history
  runs(limit: number): Promise<Run[]>;
  runLines(run: number): Promise<RunLine[]>;
  // settings
  config(): Promise<Config>;
  updateConfig(patch: unknown): Promise<null>;
  setPreferences(preferences: Preferences): Promise<null>;
  setStartAtLogin(on: boolean): Promise<null>;
  storage(): Promise<Storage>;
  showFile(path: "config" | "archive" | "ledger" | { archived: string } | { folder: string }): Promise<null>;
  /** Redacted text for support: of one run, or of everything. */
  supportText(run: number | null): Promise<string>;
  saveDiagnostics(): Promise<string | null>;
  forgetEverything(): Promise<null>;
  startNewLedger(): Promise<null>;
  // links: only https at a service's own hosts, or Baton's own pages
  openLink(url: string): Promise<null>;
  copyText(text: string): Promise<null>;
  // updates and closing
  checkForUpdate(): Promise<UpdateState>;
  installUpdate(): Promise<null>;
  closeWindow(keepRunning: boolean): Promise<null>;
  quit(): Promise<null>;
}
