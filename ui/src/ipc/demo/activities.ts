// A year of somebody's training for the demo: rides, runs, rows, floor work and outdoor runs; and what a list is asked for.

import type {
  Delivery,
  DeliveryState,
  DayCount,
  EntriesQuery,
  Entry,
  EntryLine,
  Error,
  Headline,
  ImportLine,
  Kind,
  MergedEntry,
  Similar,
} from '../bindings';
import { pick, random, type Random } from './random';

/** A class that is taken now and then. */
type Class = {
  titles: readonly string[];
  minutes: readonly number[];
  sport: string;
  sub_sport: string;
  /** How often it is chosen, relative to the others. */
  weight: number;
};

const classes: readonly Class[] = [
  {
    titles: [
      'Power Zone Endurance Ride',
      'Climb Ride',
      'Low Impact Ride',
      '80s Ride',
      'Power Zone Ride',
      'HIIT Ride',
      'Tabata Ride',
    ],
    minutes: [20, 30, 45, 45, 60],
    sport: 'cycling',
    sub_sport: 'indoor_cycling',
    weight: 10,
  },
  {
    titles: ['Tempo Run', 'Intervals Run', 'Fun Run', 'Recovery Run'],
    minutes: [20, 30, 45],
    sport: 'running',
    sub_sport: 'treadmill',
    weight: 4,
  },
  {
    titles: ['Endurance Row', 'Form Row', 'Intervals Row'],
    minutes: [15, 20, 30],
    sport: 'rowing',
    sub_sport: 'indoor_rowing',
    weight: 3,
  },
  {
    titles: ['Core', 'Upper Body Strength', 'Full Body Strength', 'Glutes and Legs'],
    minutes: [10, 20, 30],
    sport: 'training',
    sub_sport: 'strength_training',
    weight: 5,
  },
  { titles: ['Slow Flow', 'Restorative Yoga'], minutes: [20, 30], sport: 'training', sub_sport: 'yoga', weight: 2 },
  {
    titles: ['Post-Ride Stretch', 'Full Body Stretch'],
    minutes: [5, 10],
    sport: 'training',
    sub_sport: 'flexibility_training',
    weight: 2,
  },
];

const outdoorRuns = ['Morning Run', 'Lake Loop', 'Long Run', 'Evening Run'] as const;
/** How long every outdoor run waits at its traffic light, in seconds. */
export const standing = 75;
const day = 86_400_000;
/** Where the person is whose computer this is. */
export const offset = -new Date().getTimezoneOffset() * 60;

/** One person's entries until `now`, the newest first: a year of them, or as many as asked for. */
export function demoLines(now: Date, count?: number): EntryLine[] {
  const lines: EntryLine[] = [];
  const today = Math.floor((now.getTime() + offset * 1000) / day) * day - offset * 1000;
  const days = count === undefined ? 366 : Number.POSITIVE_INFINITY;
  for (let back = 0; back < days && lines.length < (count ?? Number.POSITIVE_INFINITY); back += 1) {
    const midnight = today - back * day;
    // Whatever the clock says, the first day's workouts are over.
    const hours = (now.getTime() - midnight) / 3_600_000;
    const ofDay = entriesOf(back === 0 ? midnight + Math.min(0, hours - 8.5) * 3_600_000 : midnight, back);
    lines.push(...ofDay.sort((a, b) => (a.entry.span.start < b.entry.span.start ? 1 : -1)));
  }
  return count === undefined ? lines : lines.slice(0, count);
}

function entriesOf(midnight: number, back: number): EntryLine[] {
  const from = random(`day ${Math.round(midnight / day)}`);
  const lines: EntryLine[] = [];
  const weekday = new Date(midnight + day / 2).getUTCDay();
  // The first days show one of each, so that every kind is at hand.
  const shown = firstDays[back];
  if (shown !== undefined) lines.push(...shown.map((made) => made(midnight, from)));
  else if (from() < (weekday === 5 ? 0.25 : 0.72)) {
    lines.push(ofClass(midnight, from, chosen(from)));
    if (from() < 0.3) lines.push(ofClass(midnight, from, classes[3 + Math.floor(from() * 3)] ?? chosen(from)));
  }
  if (shown === undefined && weekday === 0 && from() < 0.6) lines.push(outdoorRun(midnight, from));
  return lines;
}

type Made = (midnight: number, from: Random) => EntryLine;
const class_ = (index: number, minutes: number, hour: number, title: string, state?: DeliveryState): Made => {
  return (midnight, from) => ofClass(midnight, from, classes[index] as Class, { minutes, hour, title, state });
};
const firstDays: Record<number, Made[]> = {
  0: [class_(0, 45, 7.07, 'Power Zone Ride'), class_(3, 20, 7.95, 'Core', 'already_there')],
  1: [class_(1, 30, 18.2, 'Tempo Run', 'failed'), class_(5, 10, 18.8, 'Post-Run Stretch')],
  2: [(midnight, from) => outdoorRun(midnight, from)],
  3: [class_(2, 30, 7.3, 'Endurance Row'), class_(0, 120, 17.1, 'Power Zone Endurance Ride')],
  4: [class_(3, 30, 6.8, 'Full Body Strength')],
  5: [class_(0, 60, 7.1, 'Climb Ride', 'skipped'), class_(4, 30, 20.1, 'Slow Flow', 'planned')],
  6: [class_(0, 30, 6.9, 'Low Impact Ride'), class_(2, 20, 19, 'Form Row')],
};

function chosen(from: Random): Class {
  let at = from() * classes.reduce((sum, one) => sum + one.weight, 0);
  return classes.find((one) => (at -= one.weight) < 0) ?? (classes[0] as Class);
}

function ofClass(
  midnight: number,
  from: Random,
  one: Class,
  fixed: { minutes?: number; hour?: number; title?: string; state?: DeliveryState | undefined } = {},
): EntryLine {
  const minutes = fixed.minutes ?? pick(one.minutes, from);
  const hour = fixed.hour ?? (from() < 0.6 ? 6 + from() * 2 : 17 + from() * 3);
  const start = midnight + Math.round(hour * 3600) * 1000;
  const seconds = minutes * 60;
  const key = idFor(`${start}`);
  const headline = headlineOf(one.sport, one.sub_sport, seconds, from);
  const entry = entryOf(
    key,
    'activity',
    start,
    seconds,
    `${minutes} min ${fixed.title ?? pick(one.titles, from)}`,
    one.sport,
    one.sub_sport,
  );
  const roll = from();
  const state: DeliveryState =
    fixed.state ?? (fixed.title !== undefined || roll < 0.9 ? 'created' : roll < 0.97 ? 'already_there' : 'skipped');
  const deliveries = [delivered(entry, 'peloton', 'garmin', 'peloton-garmin', state)];
  if (state === 'created') deliveries.push(delivered(entry, 'peloton', 'folder', 'peloton-folder', 'created'));
  return { account: 'peloton', entry, headline, gone: null, deliveries };
}

function outdoorRun(midnight: number, from: Random): EntryLine {
  const start = midnight + Math.round((8 + from() * 2) * 3600) * 1000;
  const seconds = Math.round(2100 + from() * 3600);
  const entry = entryOf(
    idFor(`outdoor ${start}`),
    'activity',
    start,
    seconds,
    pick(outdoorRuns, from),
    'running',
    'generic',
  );
  const headline = headlineOf('running', 'generic', seconds - standing, from);
  return {
    account: 'garmin',
    entry,
    headline,
    gone: null,
    deliveries: [delivered(entry, 'garmin', 'folder', 'garmin-folder', 'created')],
  };
}

export const nothing: Headline = {
  distance: null,
  timer: null,
  avg_power: null,
  avg_heart_rate: null,
  avg_speed: null,
  calories: null,
  weight: null,
  systolic: null,
  diastolic: null,
};

function headlineOf(sport: string, subSport: string, seconds: number, from: Random): Headline {
  const effort = 0.85 + from() * 0.3;
  const heartRate = Math.round((sport === 'training' ? 104 : 138) * (0.92 + effort * 0.09));
  const burned = (perMinute: number) => Math.round((seconds / 60) * perMinute * effort);
  switch (sport) {
    case 'cycling': {
      const speed = 8.4 * Math.sqrt(effort);
      return {
        ...nothing,
        timer: seconds,
        avg_power: Math.round(178 * effort),
        avg_heart_rate: heartRate,
        avg_speed: speed,
        distance: speed * seconds,
        calories: burned(11.2),
      };
    }
    case 'running': {
      const speed = (subSport === 'treadmill' ? 2.75 : 3.05) * effort;
      return {
        ...nothing,
        timer: seconds,
        avg_heart_rate: heartRate + 8,
        avg_speed: speed,
        distance: speed * seconds,
        calories: burned(12.6),
      };
    }
    case 'rowing': {
      const speed = 3.7 * effort;
      return {
        ...nothing,
        timer: seconds,
        avg_power: Math.round(132 * effort),
        avg_heart_rate: heartRate + 2,
        avg_speed: speed,
        distance: speed * seconds,
        calories: burned(10.4),
      };
    }
    default:
      return {
        ...nothing,
        timer: seconds,
        avg_heart_rate: subSport === 'strength_training' ? heartRate : heartRate - 22,
        calories: burned(subSport === 'strength_training' ? 6.4 : 3.2),
      };
  }
}

/** A line of a listing, without what was measured. */
export function entryOf(
  key: string,
  kind: Kind,
  start: number,
  seconds: number,
  title: string,
  sport: string | null,
  subSport: string | null,
): Entry {
  return {
    key,
    kind,
    span: { start: iso(start), end: iso(start + seconds * 1000) },
    revision: '1',
    recorded_by: 'source',
    title,
    sport,
    sub_sport: subSport,
    utc_offset: offset,
    in_progress: false,
    arrived: null,
    owner: 'certain',
    measured: null,
  };
}

export const iso = (milliseconds: number) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

/** An identifier such as services give. */
export function idFor(seed: string): string {
  const from = random(seed);
  return Array.from({ length: 32 }, () => '0123456789abcdef'[Math.floor(from() * 16)]).join('');
}

const refused: Error = {
  kind: 'rejected',
  reason: 'The activity file could not be processed',
  message: 'Garmin Connect refused the file',
};

/** What a watch recorded of an entry. */
function byTheWatch({ span, sport, sub_sport }: Entry): Similar {
  const seconds = Math.round((Date.parse(span.end) - Date.parse(span.start)) / 1000) + 24;
  return { start: iso(Date.parse(span.start) - 60_000), seconds, sport, sub_sport, device: 'Forerunner 265' };
}

/** What a watch recorded of one of the rides, and went as one with it. */
function onTheWrist({ span, title }: Entry): MergedEntry | null {
  if (!title.endsWith('Power Zone Ride')) return null;
  return {
    account: 'garmin',
    key: '21000000001',
    title: 'Indoor Cycling',
    start: iso(Date.parse(span.start) - 40_000),
  };
}

/** What became of an entry at a destination. */
export function delivered(
  entry: Entry,
  source: string,
  destination: string,
  route: string,
  state: DeliveryState,
): Delivery {
  const sent = state === 'created' || state === 'already_there';
  const file = `${entry.span.start.slice(0, 4)}/${entry.span.start.slice(5, 7)}/${entry.span.start.slice(0, 10)}-${entry.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.fit`;
  const number = Number.parseInt(entry.key.slice(0, 8), 16);
  const link = `https://connect.garmin.com/modern/activity/${21_000_000_000 + number}`;
  return {
    source,
    key: entry.key,
    destination,
    route,
    state,
    revision: '1',
    skip: state === 'skipped' ? { reason: 'recorded_elsewhere', by: 'Garmin' } : null,
    joined_into: null,
    merged_with: state === 'created' && destination === 'folder' ? onTheWrist(entry) : null,
    file: state === 'created' || state === 'failed' ? file : null,
    file_hash: null,
    remote:
      sent && destination === 'garmin'
        ? { id: `${21_000_000_000 + number}`, link: entry.kind === 'activity' ? link : null }
        : sent
          ? { id: file, link: null }
          : null,
    similar: state === 'already_there' && destination === 'garmin' ? byTheWatch(entry) : null,
    attempts: state === 'planned' ? 0 : 1,
    error: state === 'failed' ? refused : null,
    next_try: null,
    remarks: entry.sport === 'cycling' && number % 3 === 0 ? ['2 heart-rate values of 0 were removed'] : [],
    changed: iso(new Date(entry.span.end).getTime() + 7 * 60_000),
    run: 1,
  };
}

// ---- what the ledger answers

const order: readonly DeliveryState[] = ['failed', 'sending', 'planned', 'skipped', 'already_there', 'created'];

/** The worst state over an entry's deliveries. */
function stateOf(line: EntryLine): DeliveryState | 'none' {
  return order.find((state) => line.deliveries.some((one) => one.state === state)) ?? 'none';
}

/** All entries that a query asks for, the newest first; its limit and offset are left aside. */
export function matchingLines(lines: readonly EntryLine[], query: EntriesQuery): EntryLine[] {
  const words = query.search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter(
    (line) =>
      (query.kind === null || line.entry.kind === query.kind) &&
      (query.account === null ||
        line.account === query.account ||
        line.deliveries.some((one) => one.destination === query.account)) &&
      (query.state === null || stateOf(line) === query.state) &&
      words.every((word) => searched(line).includes(word)),
  );
}

const months = new Intl.DateTimeFormat('en', { month: 'long', weekday: 'long', timeZone: 'UTC' });
const texts = new WeakMap<Entry, string>();

function searched(line: EntryLine): string {
  const { entry } = line;
  const known = texts.get(entry);
  if (known !== undefined) return known;
  const start = new Date(new Date(entry.span.start).getTime() + offset * 1000);
  const ride = entry.sport === 'cycling' ? 'ride' : entry.sport === 'running' ? 'run' : '';
  const text = [
    entry.title,
    entry.sport,
    entry.sub_sport,
    entry.kind,
    ride,
    months.format(start),
    start.toISOString().slice(0, 10),
  ]
    .join(' ')
    .toLowerCase();
  texts.set(entry, text);
  return text;
}

export function pageOf(lines: readonly EntryLine[], query: EntriesQuery): EntryLine[] {
  return matchingLines(lines, query).slice(query.offset, query.offset + query.limit);
}

export function daysOf(lines: readonly EntryLine[], query: EntriesQuery): DayCount[] {
  const days: DayCount[] = [];
  for (const line of matchingLines(lines, query)) {
    const at = new Date(line.entry.span.start).getTime() + (line.entry.utc_offset ?? 0) * 1000;
    const localDay = new Date(at).toISOString().slice(0, 10);
    const last = days.at(-1);
    if (last?.day === localDay) last.entries += 1;
    else days.push({ day: localDay, entries: 1 });
  }
  return days;
}

/** What three dropped files hold; the last cannot be read. */
export const demoFiles: readonly ImportLine[] = [
  {
    path: '~/Downloads/morning-ride.fit',
    name: 'morning-ride.fit',
    title: 'Morning Ride',
    kind: 'activity',
    start: '2026-11-15T07:12:00Z',
    utc_offset: offset,
    seconds: 5412,
    sport: 'cycling',
    items: 1,
    remarks: [],
    error: null,
  },
  {
    path: '~/Downloads/lake-loop.gpx',
    name: 'lake-loop.gpx',
    title: 'Lake Loop',
    kind: 'activity',
    start: '2026-11-14T09:40:00Z',
    utc_offset: null,
    seconds: 3020,
    sport: 'running',
    items: 1,
    remarks: [],
    error: null,
  },
  {
    path: '~/Downloads/notes.fit',
    name: 'notes.fit',
    title: '',
    kind: null,
    start: null,
    utc_offset: null,
    seconds: null,
    sport: null,
    items: 0,
    remarks: [],
    error: { kind: 'bad_input', message: 'This is not a FIT file' },
  },
];
