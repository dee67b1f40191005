// What the demo's entries hold, second by second: made up from their headline numbers.

import type {
  ActivityPreview,
  EntryLine,
  Headline,
  Preview,
  PreviewLap,
  PreviewSet,
  Quantity,
  Statistics,
  TargetBand,
  Trace,
  Track,
  ZoneBar,
} from '../bindings';
import { standing } from './activities';
import { normal, random, rounded, type Random } from './random';

/** The preview of an entry. One whose title ends in "(unreachable)" has no samples. */
export function demoPreview(line: EntryLine): Preview {
  const { entry } = line;
  if (entry.title.endsWith('(unreachable)')) {
    const error = { kind: 'offline' as const, message: 'There is no connection' };
    return { line, item: null, error, file: null, merged_with: null, repairs: [] };
  }
  const sent = line.deliveries.find((delivery) => delivery.file !== null);
  const name = sent?.file ?? `${entry.span.start.slice(0, 10)}.fit`;
  const repairs = line.deliveries.flatMap((delivery) => delivery.remarks).slice(0, 1);
  const from = random(entry.key);
  const { measured } = entry;
  if (measured?.kind === 'body') {
    const file = { name, format: 'fit' as const, bytes: 214, device: null };
    return { line, item: { item: 'body', body: measured }, error: null, file, merged_with: null, repairs };
  }
  if (measured?.kind === 'blood_pressure') {
    const item = { item: 'blood_pressure' as const, blood_pressure: measured };
    return { line, item, error: null, file: null, merged_with: null, repairs };
  }
  const activity = activityOf(line, from);
  const device =
    line.account === 'garmin' ? 'Forerunner 265' : entry.sport === 'cycling' ? 'Tacx Training App' : 'Fenix 7';
  const bytes = 900 + activity.series.seconds.length * 21;
  return {
    line,
    item: { item: 'activity', activity },
    error: null,
    file: { name, format: 'fit', bytes, device },
    merged_with: line.deliveries.find((delivery) => delivery.merged_with !== null)?.merged_with ?? null,
    repairs,
  };
}

/** A part of a class: how long, how hard, at which cadence, and what the class asks for. */
type Block = { name: string | null; seconds: number; effort: number; cadence: number; band?: [number, number] };

function blocksOf(sport: string, seconds: number, outdoors: boolean, from: Random): Block[] {
  const easy = sport === 'cycling' ? 88 : sport === 'rowing' ? 22 : 82;
  if (outdoors) {
    // Kilometres rather than intervals.
    const count = Math.max(2, Math.round(seconds / 340));
    return Array.from({ length: count }, (_, index) => ({
      name: null,
      seconds: index === count - 1 ? seconds - Math.floor(seconds / count) * (count - 1) : Math.floor(seconds / count),
      effort: 0.94 + from() * 0.14,
      cadence: easy + Math.round(from() * 3),
    }));
  }
  const warm = Math.min(600, Math.round(seconds * 0.18));
  const cool = Math.min(300, Math.round(seconds * 0.08));
  const middle = seconds - warm - cool;
  const blocks: Block[] = [{ name: 'Warm-up', seconds: warm, effort: 0.68, cadence: easy, band: [easy - 6, easy + 6] }];
  const count = Math.max(2, Math.round(middle / 480));
  for (let index = 0; index < count; index += 1) {
    const work = Math.round((middle / count) * 0.68);
    const cadence = sport === 'cycling' ? 70 + Math.round(from() * 25) : easy + Math.round(from() * 6);
    blocks.push({
      name: `Interval ${index + 1}`,
      seconds: work,
      effort: 1.1 + from() * 0.22,
      cadence,
      band: [cadence - 5, cadence + 5],
    });
    const rest = Math.round(middle / count) - work;
    blocks.push({ name: 'Recovery', seconds: rest, effort: 0.72, cadence: easy - 4, band: [easy - 12, easy + 2] });
  }
  const left = seconds - blocks.reduce((sum, block) => sum + block.seconds, 0);
  blocks.push({ name: 'Cool-down', seconds: Math.max(1, left), effort: 0.55, cadence: easy - 8 });
  return blocks;
}

type Values = Partial<Record<Quantity, (number | null)[]>>;

const quantitiesOf: Record<string, Quantity[]> = {
  cycling: ['heart_rate', 'power', 'cadence', 'resistance', 'speed'],
  rowing: ['heart_rate', 'power', 'cadence', 'speed'],
  running: ['heart_rate', 'speed', 'cadence'],
  training: ['heart_rate'],
};

/** What a block's resistance is, in per cent. */
const resistanceOf = (block: Block) => 32 * Math.sqrt(block.effort) + (block.cadence < 82 ? 9 : 0);

function activityOf(line: EntryLine, from: Random): ActivityPreview {
  const { entry, headline } = line;
  const sport = entry.sport ?? 'generic';
  const subSport = entry.sub_sport ?? 'generic';
  const elapsed = Math.round((Date.parse(entry.span.end) - Date.parse(entry.span.start)) / 1000);
  const outdoors = line.account === 'garmin';
  const training = sport === 'training';
  const blocks: Block[] = training
    ? [{ name: null, seconds: elapsed, effort: 1, cadence: 0 }]
    : blocksOf(sport, elapsed, outdoors, from);
  const pausedAt = Math.round(elapsed * 0.46);
  const pause: [number, number] | null = outdoors ? [pausedAt, pausedAt + standing] : null;
  // The strap loses contact for a minute.
  const dropout = sport === 'cycling' ? Math.round(elapsed * 0.62) : Number.POSITIVE_INFINITY;

  const quantities = [...(quantitiesOf[sport] ?? ['heart_rate']), ...(outdoors ? ['altitude' as const] : [])];
  const values: Values = Object.fromEntries(quantities.map((quantity) => [quantity, []]));
  const seconds: number[] = [];
  const heart = headline?.avg_heart_rate ?? 120;
  const usual = blocks.reduce((sum, block) => sum + block.effort * block.seconds, 0) / elapsed;
  let beat = heart - 42;
  let wander = 0;
  let at = 0;
  for (const block of blocks) {
    for (let second = 0; second < block.seconds; second += 1, at += 1) {
      const paused = pause !== null && at > pause[0] && at < pause[1];
      // One moment stands for the whole gap.
      if (paused && at !== pause[0] + 1) continue;
      wander = wander * 0.94 + normal(from) * 0.02;
      const asked = training ? 1 + Math.sin(at / 47) * 0.12 : block.effort;
      const effort = asked * (1 + wander);
      beat += (heart * (0.62 + 0.4 * asked) + (at / elapsed) * 7 - beat) * 0.018 + normal(from) * 0.35;
      seconds.push(at);
      const put = (quantity: Quantity, value: number, decimals = 0) =>
        values[quantity]?.push(paused ? null : rounded(Math.max(0, value), decimals));
      values.heart_rate?.push(paused || (at > dropout && at < dropout + 55) ? null : Math.round(beat));
      put('power', ((headline?.avg_power ?? 150) * effort) / usual);
      put('cadence', block.cadence * (1 + wander * 0.5) + normal(from));
      put('resistance', resistanceOf(block) + Math.round(wander * 10));
      put(
        'speed',
        (headline?.avg_speed ?? 3) * (sport === 'cycling' ? Math.cbrt(effort / usual) : 0.55 + (0.45 * effort) / usual),
        3,
      );
      put('altitude', 412 + Math.sin(at / 420) * 24 + Math.sin(at / 131) * 5 + wander * 4, 1);
    }
  }
  const traces: Trace[] = quantities.map((quantity) => ({ quantity, values: values[quantity] ?? [] }));
  return {
    sport,
    sub_sport: subSport,
    title: entry.title,
    instructor: outdoors ? null : 'Olivia A.',
    notes: '',
    start: entry.span.start,
    utc_offset: entry.utc_offset,
    elapsed,
    timer: headline?.timer ?? elapsed,
    totals: totalsOf(headline, statisticsOf(values, seconds, 0, elapsed, nothing)),
    laps: training ? [] : lapsOf(blocks, values, seconds, headline?.distance ?? 0, elapsed),
    sets: subSport === 'strength_training' ? setsOf(elapsed, from) : [],
    pauses: pause === null ? [] : [pause],
    heart_rate_zones: zonesOf(values.heart_rate ?? [], [null, 114, 133, 152, 171]),
    power_zones: sport === 'cycling' ? zonesOf(values.power ?? [], [null, 116, 158, 189, 221, 252, 315]) : [],
    targets: outdoors || training || sport === 'running' ? [] : targetsOf(blocks, sport),
    series: { seconds, traces },
    track: outdoors ? trackOf(seconds, values.speed ?? [], from) : null,
  };
}

const nothing: Statistics = {
  distance: null,
  work: null,
  calories: null,
  avg_speed: null,
  max_speed: null,
  avg_heart_rate: null,
  max_heart_rate: null,
  min_heart_rate: null,
  avg_power: null,
  max_power: null,
  normalized_power: null,
  intensity_factor: null,
  training_stress_score: null,
  avg_cadence: null,
  max_cadence: null,
  total_cycles: null,
  avg_stroke_distance: null,
  ascent: null,
  descent: null,
  avg_altitude: null,
  max_altitude: null,
  min_altitude: null,
  avg_grade: null,
  max_grade: null,
  avg_temperature: null,
  max_temperature: null,
  time_in_heart_rate_zone: [],
  time_in_power_zone: [],
};

function statisticsOf(
  values: Values,
  seconds: readonly number[],
  start: number,
  end: number,
  given: Statistics,
): Statistics {
  const within = (quantity: Quantity) =>
    (values[quantity] ?? []).filter((value, index): value is number => {
      const second = seconds[index] ?? -1;
      return value !== null && second >= start && second < end;
    });
  const mean = (list: number[]) =>
    list.length === 0 ? null : list.reduce((sum, value) => sum + value, 0) / list.length;
  const most = (list: number[]) => (list.length === 0 ? null : list.reduce((a, b) => Math.max(a, b)));
  const [heart, power, cadence] = [within('heart_rate'), within('power'), within('cadence')];
  const [speed, altitude] = [within('speed'), within('altitude')];
  const climbed = altitude.reduce((sum, value, index) => sum + Math.max(0, value - (altitude[index - 1] ?? value)), 0);
  return {
    ...given,
    avg_heart_rate: mean(heart),
    max_heart_rate: most(heart),
    avg_power: mean(power),
    max_power: most(power),
    avg_cadence: mean(cadence),
    max_cadence: most(cadence),
    avg_speed: mean(speed),
    max_speed: most(speed),
    ascent: altitude.length === 0 ? null : Math.round(climbed * 0.4),
  };
}

/** What the recording adds up to; what the list says of it holds here as well. */
function totalsOf(headline: Headline | null, recorded: Statistics): Statistics {
  if (headline === null) return recorded;
  const { distance, calories, avg_heart_rate, avg_power, avg_speed } = headline;
  return { ...recorded, distance, calories, avg_heart_rate, avg_power, avg_speed };
}

function lapsOf(
  blocks: readonly Block[],
  values: Values,
  seconds: readonly number[],
  distance: number,
  elapsed: number,
): PreviewLap[] {
  let start = 0;
  return blocks.map((block) => {
    const given = { ...nothing, distance: (distance * block.seconds) / elapsed };
    const statistics = statisticsOf(values, seconds, start, start + block.seconds, given);
    const lap = { name: block.name, start, elapsed: block.seconds, timer: block.seconds, statistics };
    start += block.seconds;
    return lap;
  });
}

function targetsOf(blocks: readonly Block[], sport: string): TargetBand[] {
  let from = 0;
  return blocks.flatMap((block) => {
    const to = from + block.seconds;
    const bands: TargetBand[] = [];
    if (block.band !== undefined) {
      bands.push({ quantity: 'cadence', from, to, low: block.band[0], high: block.band[1] });
      const base = Math.round(resistanceOf(block));
      if (sport === 'cycling') bands.push({ quantity: 'resistance', from, to, low: base - 4, high: base + 5 });
    }
    from = to;
    return bands;
  });
}

const exercises = ['Goblet squat', 'Bent-over row', 'Shoulder press', 'Reverse lunge', 'Deadlift', 'Plank'] as const;

function setsOf(elapsed: number, from: Random): PreviewSet[] {
  const sets: PreviewSet[] = [];
  let start = 120;
  for (let index = 0; start < elapsed - 120; index += 1) {
    const name = exercises[Math.floor(index / 2) % exercises.length] ?? 'Squat';
    const lifted = name !== 'Plank';
    const duration = 40 + Math.round(from() * 15);
    sets.push({
      start,
      duration,
      rest: false,
      name,
      repetitions: lifted ? 10 + (index % 3) : null,
      weight: lifted ? 8 + 2 * (index % 3) : null,
      implements: lifted ? 2 : null,
    });
    sets.push({
      start: start + duration,
      duration: 30,
      rest: true,
      name: null,
      repetitions: null,
      weight: null,
      implements: null,
    });
    start += duration + 30;
  }
  return sets;
}

function zonesOf(values: readonly (number | null)[], lows: readonly (number | null)[]): ZoneBar[] {
  const bars: ZoneBar[] = lows.map((low, index) => ({
    zone: index + 1,
    low,
    high: lows[index + 1] ?? null,
    seconds: 0,
  }));
  for (const value of values) {
    if (value === null) continue;
    const bar = [...bars].reverse().find((one) => one.low === null || value >= one.low);
    if (bar !== undefined) bar.seconds += 1;
  }
  return bars;
}

/** A loop around a lake, a little different each time. */
function trackOf(seconds: readonly number[], speeds: readonly (number | null)[], from: Random): Track {
  const bumps = Array.from({ length: 6 }, (_, index) => ({
    size: (from() * 0.34) / (index + 1),
    phase: from() * Math.PI * 2,
    times: index + 2,
  }));
  const total = speeds.reduce<number>((sum, speed) => sum + (speed ?? 0), 0);
  const radius = total / (2 * Math.PI) / 1.22;
  let covered = 0;
  let first: [number, number] | null = null;
  const points = seconds.map((_, index): [number, number] | null => {
    const speed = speeds[index] ?? null;
    if (speed === null) return null;
    covered += speed;
    const angle = (covered / total) * Math.PI * 1.96;
    const reach = bumps.reduce((sum, bump) => sum + bump.size * Math.sin(angle * bump.times + bump.phase), 1) * radius;
    const [east, north] = [
      reach * Math.cos(angle) * 1.35 + normal(from) * 0.7,
      reach * Math.sin(angle) + normal(from) * 0.7,
    ];
    first ??= [east, north];
    return [rounded(east - first[0], 1), rounded(north - first[1], 1)];
  });
  return { points, seconds: [...seconds] };
}
