// The state that the demo begins in, by the name in its address.

import type { Attention, EntryLine, Error, Preferences, Run, Start } from '../bindings';
import { demoLines } from './activities';
import { delivery } from './deliveries';
import { diligent, measuredLines, usual } from './measurements';
import { accounts, routes, services } from './services';
import type { World } from './world';

export const scenarios = [
  'full',
  'first-run',
  'empty',
  'syncing',
  'partly-failed',
  'offline',
  'needs-you',
  'paused',
  'metered',
  'service-down',
  'loading',
  'broken',
  'no-keychain',
  'passphrase',
  'update-ready',
  'many',
  'closing',
  'news',
  'cool-down',
  'one-weight',
  'no-weights',
  'body-failed',
  'body-waits',
] as const;
export type Scenario = (typeof scenarios)[number];

export function scenarioOf(name: string | null): Scenario {
  return scenarios.find((one) => one === name) ?? 'full';
}

const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();

const error = (kind: Error): Error => kind;

export function preferences(parameters: URLSearchParams, scenario: Scenario): Preferences {
  const one = <T extends string>(name: string, known: readonly T[], otherwise: T): T =>
    known.find((value) => value === parameters.get(name)) ?? otherwise;
  return {
    theme: one('theme', ['system', 'light', 'dark'], 'system'),
    language: one('lang', ['system', 'en', 'de'], 'system'),
    units: one('units', ['system', 'metric', 'imperial'], 'system'),
    welcomed: scenario !== 'first-run',
    close_explained: false,
    keep_running: true,
    notify_attention: true,
    notify_arrivals: false,
    linked_already: null,
    list_width: 420,
    news_seen: scenario === 'news' ? '1.3.0' : '1.4.0',
  };
}

/** Fills the world for a scenario. */
export function furnish(world: World, scenario: Scenario, now: Date): void {
  if (scenario === 'first-run') {
    world.lines = together(demoLines(now, 80), measuredLines(now, { ...usual, days: 90 })).map((line) => ({
      ...line,
      deliveries: [],
    }));
    return;
  }
  world.accounts = accounts();
  if (scenario === 'empty') return;
  world.lines =
    scenario === 'many'
      ? together(demoLines(now, 10_000), measuredLines(now, diligent))
      : settled(together(demoLines(now), measuredLines(now, usual)), now);
  world.routes = routes(minutes(-12));
  world.runs = pastRuns(now);
  world.next = minutes(48);
  switch (scenario) {
    case 'syncing':
      planSome(world, 9);
      break;
    case 'partly-failed':
      failSome(world);
      break;
    case 'offline':
      attend(world, null, error({ kind: 'offline', message: 'There is no way to the internet' }));
      break;
    case 'metered':
      world.heldBack = true;
      break;
    case 'needs-you':
      planSome(world, 3);
      world.accounts = world.accounts.map((one) =>
        one.id === 'garmin'
          ? { ...one, state: { state: 'needs_person', error: signInAgain, since: minutes(-190) } }
          : one,
      );
      attend(world, 'garmin', signInAgain);
      break;
    case 'no-keychain':
      attend(world, null, error(noKeychain));
      break;
    case 'cool-down': {
      const resting: Error = {
        kind: 'login_cool_down',
        until: minutes(150),
        message: 'The service refuses sign-ins for a while',
      };
      world.accounts = world.accounts.map((one) =>
        one.id === 'garmin' ? { ...one, state: { state: 'resting', error: resting, until: minutes(150) } } : one,
      );
      attend(world, 'garmin', resting);
      break;
    }
    case 'service-down': {
      const down = error({ kind: 'service_down', message: 'connectapi.garmin.com answered 503 three times' });
      world.accounts = world.accounts.map((one) =>
        one.id === 'garmin' ? { ...one, state: { state: 'trouble', error: down, since: minutes(-35) } } : one,
      );
      planSome(world, 2);
      attend(world, 'garmin', down);
      break;
    }
    case 'paused':
      planSome(world, 2);
      world.schedule = { ...world.schedule, paused: true, paused_until: tomorrowMorning(now) };
      world.next = null;
      break;
    case 'one-weight':
      world.lines = keepMeasured(world.lines, 1);
      break;
    case 'no-weights':
      world.lines = keepMeasured(world.lines, 0);
      break;
    default:
  }
}

/** Both in one list, the newest first. */
function together(...lists: EntryLine[][]): EntryLine[] {
  return lists.flat().sort((a, b) => (a.entry.span.start < b.entry.span.start ? 1 : -1));
}

/** As it is on the first days with a scale: this many weigh-ins and no more. */
function keepMeasured(lines: EntryLine[], count: number): EntryLine[] {
  const weights = lines.filter(
    (line) => line.entry.kind === 'body' && line.entry.owner === 'certain' && line.gone === null,
  );
  return lines.filter((line) => line.entry.kind === 'activity' || weights.slice(0, count).includes(line));
}

/** What every command that needs a secret is refused with. */
export const noKeychain: Error = { kind: 'vault_locked', message: 'No secret service answers on the session bus' };

const signInAgain: Error = { kind: 'sign_in_required', message: 'Garmin ended the permission it gave Baton' };

function tomorrowMorning(now: Date): string {
  const time = new Date(now);
  time.setDate(time.getDate() + 1);
  time.setHours(8, 0, 0, 0);
  return time.toISOString();
}

function attend(world: World, account: string | null, of: Error): void {
  const one: Attention = { account, error: of, since: minutes(-35) };
  world.attention = [one];
}

/** The ledger after the last sync: what is recent was sent by it, and nothing failed or waits. */
function settled(lines: EntryLine[], now: Date): EntryLine[] {
  return lines.map((line) => ({
    ...line,
    deliveries: line.deliveries.map((one) => {
      const run = runAt(now, one.changed);
      return one.state === 'failed' || one.state === 'planned'
        ? { ...delivery(line, one.destination, one.route, 'created', run), changed: one.changed, run }
        : { ...one, run };
    }),
  }));
}

/** The first of the past runs that came after that time. */
function runAt(now: Date, time: string): number {
  return 401 - Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 60_000 / 176));
}

/** Makes the newest activities wait for Garmin. */
function planSome(world: World, count: number): void {
  let left = count;
  for (const line of world.lines) {
    if (left === 0) break;
    if (line.account !== 'peloton' || line.entry.recorded_by !== 'source') continue;
    line.deliveries = line.deliveries.map((one) =>
      one.destination === 'garmin' ? delivery(line, 'garmin', one.route, 'planned', 0) : one,
    );
    left -= 1;
  }
  world.count();
}

function failSome(world: World): void {
  const wrong: Error[] = [
    { kind: 'rejected', reason: 'The file has no recording', message: 'Garmin Connect refused the file' },
    { kind: 'incomplete', message: 'The workout has no samples yet' },
  ];
  let left = wrong.length;
  for (const line of world.lines) {
    const of = wrong[wrong.length - left];
    if (of === undefined) break;
    if (line.account !== 'peloton' || line.entry.recorded_by !== 'source') continue;
    line.deliveries = line.deliveries.map((one) =>
      one.destination === 'garmin'
        ? {
            ...one,
            state: 'failed',
            error: of,
            remote: null,
            attempts: 2,
            next_try: of.kind === 'incomplete' ? minutes(42) : null,
            run: 401,
          }
        : one,
    );
    left -= 1;
  }
  const first = world.runs[0];
  if (first !== undefined) world.runs = [{ ...first, created: 2, failed: 2 }, ...world.runs.slice(1)];
  world.count();
}

/** A month of checks: most find nothing. */
function pastRuns(now: Date): Run[] {
  return Array.from({ length: 240 }, (_, index): Run => {
    const started = new Date(now.getTime() - (12 + index * 176) * 60_000);
    const created = index === 0 ? 2 : index % 7 === 3 ? 1 + (index % 3) : 0;
    const failed = index === 24;
    return {
      id: 401 - index,
      trigger: index % 9 === 0 ? 'waking' : index % 31 === 3 ? 'person' : 'schedule',
      started: started.toISOString(),
      finished: new Date(started.getTime() + 21_000 + created * 9000).toISOString(),
      created,
      already_there: index % 14 === 3 ? 1 : 0,
      skipped: created > 1 ? 1 : 0,
      failed: 0,
      error: failed ? { kind: 'service_down', message: 'connectapi.garmin.com answered 503 three times' } : null,
    };
  });
}

export function start(world: World, scenario: Scenario, parameters: URLSearchParams): Start {
  return {
    version: '1.4.0',
    system: parameters.get('system') ?? 'linux',
    locale: parameters.get('locale') ?? navigator.language,
    tray: true,
    start_at_login: false,
    services,
    preferences: world.preferences,
    snapshot: world.snapshot(),
    update: scenario === 'update-ready' ? { update: 'ready', version: '1.5.0', notes: news } : { update: 'none' },
    vault: { vault: scenario === 'passphrase' ? 'needs_passphrase' : 'ready' },
    place: null,
    broken:
      scenario === 'broken'
        ? { kind: 'storage', message: 'The ledger is not a database: file is encrypted or damaged' }
        : null,
    home: '~/.local/share/baton',
  };
}

export const news =
  'Weights from Withings reach Garmin Connect\nActivities can be saved as TCX and GPX\nSigning in waits for a code as long as you need';
