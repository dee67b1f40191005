// Three years on a scale and with a cuff for the demo: weigh-ins of most mornings, a better scale from the second year on,
// blood pressure some times a week, two weigh-ins that may be somebody else's, and one that its source has lost.

import type {
  BloodPressure,
  Body,
  DeliveryState,
  EntryId,
  EntryLine,
  Kind,
  Measured,
  Measurement,
  MeasurementsQuery,
  Owner,
  SkipReason,
} from '../bindings';
import { delivered, entryOf, idFor, iso, nothing, offset } from './activities';
import { normal, random, rounded, type Random } from './random';
import type { World } from './world';

const day = 86_400_000;
const account = 'withings';
const height = 1.78;

type Rhythm = {
  days: number;
  /** How often a morning brings a weigh-in. */
  weighing: number;
  /** How often a morning, and how often an evening, brings a blood pressure. */
  pressure: readonly [number, number];
};
export const usual: Rhythm = { days: 3 * 365, weighing: 0.82, pressure: [0.4, 0.14] };
/** As much as anybody has. */
export const diligent: Rhythm = { days: 10 * 365 + 3, weighing: 1, pressure: [1, 1] };

/** Weeks without: holidays in two summers, and a battery that was empty for long. */
const away = (back: number) => (back > 96 && back < 113) || (back > 455 && back < 476) || (back > 700 && back < 722);

/** Everything that was measured until `now`, the newest first. */
export function measuredLines(now: Date, rhythm: Rhythm): EntryLine[] {
  const lines: EntryLine[] = [];
  const today = Math.floor((now.getTime() + offset * 1000) / day) * day - offset * 1000;
  for (let back = 0; back < rhythm.days; back += 1) {
    const midnight = today - back * day;
    // By the day itself, so that tomorrow's demo shows the same past.
    const from = random(`measured ${Math.round(midnight / day)}`);
    const at = (hour: number) => midnight + Math.round((hour + from() * 0.5) * 3600) * 1000;
    const rolls = [from(), from(), from()] as const;
    const there = rhythm === diligent || !away(back);
    if (there && (rolls[0] < rhythm.weighing || back < 3)) lines.push(weighIn(at(6.4), back, from));
    if (there && back < 760 && (rolls[1] < rhythm.pressure[0] || back === 1)) lines.push(cuff(at(6.9), back, from));
    if (there && rolls[2] < rhythm.pressure[1]) lines.push(cuff(at(21.2), back, from));
  }
  const special = [
    doubtful(today - 9 * day + 7.0667 * 3_600_000, 93.1),
    doubtful(today - 3 * day + 19.7 * 3_600_000, 62.4),
    lost(today - 6 * day + 7.2 * 3_600_000, today - 5 * day + 6.6 * 3_600_000),
  ];
  return [...lines, ...special]
    .filter((line) => Date.parse(line.entry.span.start) <= now.getTime())
    .sort((a, b) => (a.entry.span.start < b.entry.span.start ? 1 : -1));
}

/** Down in the course of three years, with winters in between. */
const massOf = (back: number, from: Random) =>
  71.4 +
  6.9 * (1 - Math.exp(-back / 620)) +
  Math.cos(((back + 20) / 365) * 2 * Math.PI) * 0.9 -
  0.85 +
  Math.sin(back / 9) * 0.22 +
  normal(from) * 0.24;

function weighIn(start: number, back: number, from: Random): EntryLine {
  const weight = rounded(massOf(back, from), 2);
  const fat = rounded(17.4 + (weight - 71.4) * 0.62 + normal(from) * 0.35, 1);
  // The first scale knew the weight alone.
  const composition: Partial<Body> =
    back > 690
      ? {}
      : {
          percent_fat: fat,
          percent_hydration: rounded(72.6 * (1 - fat / 100), 1),
          muscle_mass: rounded(weight * (1 - fat / 100) * 0.949, 1),
          bone_mass: rounded(3.05 + normal(from) * 0.03, 2),
          visceral_fat_rating: rounded(3.4 + (weight - 71) * 0.12, 1),
          basal_met: Math.round(880 + weight * 10.2),
          metabolic_age: 33,
          more: [
            { name: 'fat_mass', value: rounded((weight * fat) / 100, 2), unit: 'kg', position: null },
            { name: 'vascular_age', value: 36, unit: 'years', position: null },
            { name: 'pulse_wave_velocity', value: rounded(6.4 + normal(from) * 0.2, 1), unit: 'm/s', position: null },
            { name: 'segment_muscle_mass', value: 3.2, unit: 'kg', position: 'left_arm' },
            { name: 'segment_muscle_mass', value: 3.4, unit: 'kg', position: 'right_arm' },
          ],
        };
  return lineOf('body', start, { kind: 'body', ...bodyOf(start, weight), ...composition });
}

function bodyOf(start: number, weight: number): Body {
  return {
    time: iso(start),
    utc_offset: offset,
    weight,
    percent_fat: null,
    percent_hydration: null,
    bone_mass: null,
    muscle_mass: null,
    bmi: rounded(weight / height ** 2, 1),
    visceral_fat_rating: null,
    metabolic_age: null,
    physique_rating: null,
    basal_met: null,
    active_met: null,
    more: [],
  };
}

function cuff(start: number, back: number, from: Random): EntryLine {
  const tension = Math.sin(back / 60) * 4 + Math.min(6, back / 120);
  const pressure: BloodPressure = {
    time: iso(start),
    utc_offset: offset,
    systolic: Math.round(119 + tension + normal(from) * 5),
    diastolic: Math.round(76 + tension * 0.6 + normal(from) * 3.4),
    heart_rate: Math.round(61 + normal(from) * 4),
    more: [],
  };
  return lineOf('blood_pressure', start, { kind: 'blood_pressure', ...pressure });
}

function doubtful(start: number, weight: number): EntryLine {
  const line = lineOf('body', start, { kind: 'body', ...bodyOf(start, weight) }, 'doubtful');
  return { ...line, deliveries: line.deliveries.map((one) => ({ ...one, skip: { reason: 'doubtful' } })) };
}

function lost(start: number, since: number): EntryLine {
  return { ...lineOf('body', start, { kind: 'body', ...bodyOf(start, 72.9) }), gone: iso(since) };
}

function lineOf(kind: Kind, start: number, measured: Measured, owner: Owner = 'certain'): EntryLine {
  const title = kind === 'body' ? 'Body measurement' : 'Blood pressure';
  const entry = { ...entryOf(idFor(`${kind} ${start}`), kind, start, 0, title, null, null), owner, measured };
  const headline =
    measured.kind === 'body'
      ? { ...nothing, weight: measured.weight }
      : {
          ...nothing,
          systolic: measured.systolic,
          diastolic: measured.diastolic,
          avg_heart_rate: measured.heart_rate,
        };
  const state: DeliveryState = owner === 'certain' ? 'created' : 'skipped';
  const deliveries = [delivered(entry, account, 'garmin', 'withings-garmin', state)];
  return { account, entry, headline, gone: null, deliveries };
}

/** What the ledger answers: the oldest first. */
export function measurementsOf(lines: readonly EntryLine[], query: MeasurementsQuery): Measurement[] {
  return lines
    .flatMap((line): Measurement[] => {
      const { key, kind, measured, owner, span } = line.entry;
      const asked =
        measured !== null &&
        (query.account === null || query.account === line.account) &&
        (query.kind === null || query.kind === kind) &&
        (query.from === null || Date.parse(span.start) >= Date.parse(query.from)) &&
        (query.until === null || Date.parse(span.start) < Date.parse(query.until));
      return asked ? [{ account: line.account, key, measured, owner, gone: line.gone }] : [];
    })
    .reverse();
}

/** What is the person's own waits for the next sync; what is not stays. */
export function answerOwner(world: World, entries: readonly EntryId[], mine: boolean): void {
  const skip: SkipReason = { reason: 'not_mine' };
  for (const id of entries) {
    const line = world.line(id.account, id.key);
    if (line === undefined) continue;
    line.entry.owner = mine ? 'mine' : 'not_mine';
    line.deliveries = line.deliveries.map((one) =>
      mine ? { ...one, state: 'planned', skip: null } : { ...one, state: 'skipped', skip },
    );
  }
  world.count();
  world.changed('entries');
}
