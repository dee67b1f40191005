// Measurements as charts and as rows of a table: what is drawn, in which colour, and what is said of it.

import type { Body, Measured, Measurement } from '../ipc/bindings';
import * as format from '../text/format';
import { locale, t, type TextKey } from '../text/index';
import { noteOf } from '../text/measured';
import { DAY, daily, halfOf, meanOf, movingMean, pairsWithin, type Pair, type Point } from './days';
import type { Range } from './quantities';
import { valueTicks } from './ticks';

/** How many points the moving mean takes together. */
const MEAN_OF = 7;

export type DayPoint = Point & {
  /** The lower of two values that belong together. */
  below?: number;
};
export type DayChartData = {
  id: string;
  name: string;
  /** The token of its colour. */
  colour: string;
  size: 'large' | 'small';
  points: DayPoint[];
  /** The moving mean at each point. */
  mean: (number | null)[] | null;
  /** What one point stands for. */
  note: string;
  /** How far from a point it may still be read, in seconds. */
  reach: number;
  /** Whether the time of day matters. */
  timed: boolean;
  range: Range;
  /** Round values in the reader's unit, as they are stored. */
  ticks: number[];
  label: (value: number) => string;
  told: (point: DayPoint) => format.Figure;
  /** The line under its name: lowest and highest, or the mean. */
  extent: string;
  summary: string;
};

/** What counts: the person's own, and still there. */
export const counts = ({ owner, gone }: Measurement): boolean =>
  gone === null && (owner === 'certain' || owner === 'mine');

const moment = ({ time, utc_offset }: Measured): number => format.wallSeconds(time, utc_offset);

type Quantity = 'weight' | 'percent_fat' | 'percent_hydration' | 'muscle_mass' | 'bone_mass';
const quantities: { name: Quantity; colour: string; figure: (value: number) => format.Figure; least: number }[] = [
  { name: 'weight', colour: '--accent', figure: format.weight, least: 0.4 },
  { name: 'percent_fat', colour: '--resistance', figure: format.percent, least: 0.5 },
  { name: 'percent_hydration', colour: '--speed', figure: format.percent, least: 0.5 },
  { name: 'muscle_mass', colour: '--power', figure: format.weight, least: 0.4 },
  { name: 'bone_mass', colour: '--elevation', figure: format.weight, least: 0.1 },
];
const isMass = (name: Quantity) => name !== 'percent_fat' && name !== 'percent_hydration';

const bodies = (measurements: readonly Measurement[]): Body[] =>
  measurements.filter(counts).flatMap(({ measured }) => (measured.kind === 'body' ? [measured] : []));

/** Weight and composition over days, as far as they were measured from `from` on; what lies before serves the mean. */
export function bodyCharts(measurements: readonly Measurement[], from: number): DayChartData[] {
  const own = bodies(measurements);
  return quantities.flatMap(({ name, colour, figure, least }) => {
    const all = own.flatMap((body): Point[] => {
      const value = body[name];
      return value === null ? [] : [{ at: format.wallSeconds(body.time, body.utc_offset), value }];
    });
    const everyDay = daily(all);
    const first = everyDay.findIndex(({ at }) => at >= from);
    if (first < 0) return [];
    const points = everyDay.slice(first);
    const mean = name === 'weight' ? movingMean(everyDay, MEAN_OF).slice(first) : null;
    const values = points.map(({ value }) => value);
    const range = around([...values, ...(mean ?? [])], least);
    return [
      {
        id: name,
        name: t(`activities.body.${name}` as TextKey),
        colour,
        size: name === 'weight' ? 'large' : 'small',
        points,
        mean,
        note: t('body.onePointADay'),
        reach: DAY / 2,
        timed: false,
        range,
        ...axis(
          range,
          isMass(name) && locale.value.units === 'imperial' ? 1 / 0.45359237 : 1,
          name === 'weight' ? 5 : 2,
        ),
        told: ({ value }) => figure(value),
        extent: extentOf(values, figure),
        summary: summaryOf(t(`activities.body.${name}` as TextKey), points, figure),
      },
    ];
  });
}

/** Blood pressures and their pulses over days, put together where there are more than `most`. */
export function pressureCharts(measurements: readonly Measurement[], from: number, most: number): DayChartData[] {
  const readings = pairsOf(measurements).filter(({ at }) => at >= from);
  if (readings.length === 0) return [];
  const { step, pairs } = pairsWithin(readings, most);
  const shared = { mean: null, note: t(`body.each.${step}`), reach: halfOf[step], timed: step === 'reading' };
  const points = pairs.map(({ at, systolic, diastolic }) => ({ at, value: systolic, below: diastolic }));
  const range = around(
    pairs.flatMap(({ systolic, diastolic }) => [systolic, diastolic]),
    4,
  );
  const told = (point: DayPoint) => format.pressure(point.value, point.below ?? point.value);
  const mean = meanPair(readings);
  const name = t('body.bloodPressure');
  const pressure: DayChartData = {
    ...shared,
    id: 'blood_pressure',
    name,
    colour: '--heart-rate',
    size: 'large',
    points,
    range,
    ...axis(range, 1, 5),
    told,
    extent: t('body.mean', { value: format.pressure(mean.systolic, mean.diastolic).value }),
    summary:
      points.length === 1
        ? summaryOf(name, points, () => told(points[0] as DayPoint))
        : t('body.summaryPairs', {
            quantity: name,
            n: points.length,
            from: dateOf(points[0]),
            to: dateOf(points.at(-1)),
            last: format.joined(told(points.at(-1) as DayPoint)),
            mean: format.joined(format.pressure(mean.systolic, mean.diastolic)),
          }),
  };
  const pulses = pairs.flatMap(({ at, pulse }): DayPoint[] => (pulse === null ? [] : [{ at, value: pulse }]));
  if (pulses.length === 0) return [pressure];
  const pulseValues = pulses.map(({ value }) => value);
  const pulseRange = around(pulseValues, 3);
  return [
    pressure,
    {
      ...shared,
      id: 'pulse',
      name: t('body.pulse'),
      colour: '--power',
      size: 'small',
      points: pulses,
      range: pulseRange,
      ...axis(pulseRange, 1, 2),
      told: ({ value }) => format.heartRate(value),
      extent: extentOf(pulseValues, format.heartRate),
      summary: summaryOf(t('body.pulse'), pulses, format.heartRate),
    },
  ];
}

export function pairsOf(measurements: readonly Measurement[]): Pair[] {
  return measurements.filter(counts).flatMap(({ measured }): Pair[] => {
    if (measured.kind !== 'blood_pressure') return [];
    const { systolic, diastolic, heart_rate: pulse } = measured;
    return [{ at: moment(measured), systolic, diastolic, pulse }];
  });
}

export function meanPair(pairs: readonly Pair[]): { systolic: number; diastolic: number } {
  return {
    systolic: meanOf(pairs.map(({ systolic }) => systolic)),
    diastolic: meanOf(pairs.map(({ diastolic }) => diastolic)),
  };
}

const dateOf = (point: Point | undefined): string => (point === undefined ? '' : format.onWall(point.at, 'date'));

function summaryOf(quantity: string, points: readonly Point[], figure: (value: number) => format.Figure): string {
  const told = (value: number) => format.joined(figure(value));
  const values = points.map(({ value }) => value);
  const common = { quantity, to: dateOf(points.at(-1)), last: told(values.at(-1) ?? 0) };
  if (points.length === 1) return t('body.summaryOne', common);
  return t('body.summaryLine', {
    ...common,
    n: points.length,
    from: dateOf(points[0]),
    first: told(values[0] ?? 0),
    lowest: told(Math.min(...values)),
    highest: told(Math.max(...values)),
  });
}

function extentOf(values: readonly number[], figure: (value: number) => format.Figure): string {
  const [lowest, highest] = [figure(Math.min(...values)).value, figure(Math.max(...values)).value];
  return lowest === highest ? '' : t('body.range', { lowest, highest });
}

/** All values with some air, never less than `least` above and below. */
function around(values: readonly (number | null)[], least: number): Range {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const air = Math.max(least, (high - low) * 0.1);
  return { low: Math.max(0, low - air), high: high + air };
}

/** Round values in the reader's unit, all written with the same decimals. */
function axis({ low, high }: Range, factor: number, most: number): Pick<DayChartData, 'ticks' | 'label'> {
  const shown = valueTicks(low * factor, high * factor, most);
  const decimals = shown.some((tick) => !Number.isInteger(tick)) ? 1 : 0;
  return {
    ticks: shown.map((tick) => tick / factor),
    label: (value) => format.number(value * factor, decimals, true),
  };
}

// ---- the same as a table

export type Column = {
  id: string;
  name: string;
  /** How wide its values are, in letters' heights. */
  width: number;
  figure: (measured: Measured) => format.Figure | undefined;
};

const ofBody =
  (name: Exclude<keyof Body, 'time' | 'utc_offset' | 'more'>, figure: (value: number) => format.Figure) =>
  (measured: Measured) => {
    const value = measured.kind === 'body' ? measured[name] : null;
    return value === null ? undefined : figure(value);
  };
const index = (value: number): format.Figure => ({ value: format.number(value, 1, true), unit: '' });

/** The columns that these measurements have a value for. */
export function columnsOf(measurements: readonly Measurement[], kind: Measured['kind']): Column[] {
  const columns: Column[] =
    kind === 'body'
      ? [
          ...quantities.map(({ name, figure }) => ({
            id: name,
            name: t(`activities.body.${name}` as TextKey),
            width: 5.4,
            figure: ofBody(name, figure),
          })),
          { id: 'bmi', name: t('body.bmi'), width: 4, figure: ofBody('bmi', index) },
        ]
      : [
          {
            id: 'blood_pressure',
            name: t('body.bloodPressure'),
            width: 7.5,
            figure: (measured) =>
              measured.kind === 'blood_pressure' ? format.pressure(measured.systolic, measured.diastolic) : undefined,
          },
          {
            id: 'pulse',
            name: t('body.pulse'),
            width: 5.4,
            figure: (measured) =>
              measured.kind === 'blood_pressure' && measured.heart_rate !== null
                ? format.heartRate(measured.heart_rate)
                : undefined,
          },
        ];
  return columns.filter(({ figure }) =>
    measurements.some(({ measured }) => measured.kind === kind && figure(measured) !== undefined),
  );
}

/** One line of the table: when, each column's value or a dash, and what is to be said of it. */
export function cellsOf(measurement: Measurement, columns: readonly Column[]): string[] {
  const { measured } = measurement;
  return [
    format.onWall(moment(measured), 'moment'),
    ...columns.map(({ figure }) => {
      const value = figure(measured);
      return value === undefined ? '–' : format.joined(value);
    }),
    noteOf(measurement) ?? '',
  ];
}
