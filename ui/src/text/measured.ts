// What was measured, in words: the number of a row, the name of a value, and how a value is written.

import type { EntryLine, Measure, Measured, Measurement } from '../ipc/bindings';
import * as format from './format';
import { t, word } from './index';

/** What a measurement says first: "71.4 kg", "128/82 mmHg"; undefined where it has neither. */
export function measuredWords(measured: Measured): string | undefined {
  if (measured.kind === 'blood_pressure') return format.joined(format.pressure(measured.systolic, measured.diastolic));
  return measured.weight === null ? undefined : format.joined(format.weight(measured.weight));
}

/** The number of a row: "71.4 kg", "128/82 · 64 bpm"; undefined where nothing is known of it yet. */
export function rowWords({ entry, headline }: EntryLine): string | undefined {
  const { measured } = entry;
  if (entry.kind === 'body') {
    const weight = measured?.kind === 'body' ? measured.weight : (headline?.weight ?? null);
    return weight === null ? undefined : format.joined(format.weight(weight));
  }
  if (entry.kind !== 'blood_pressure') return undefined;
  const [systolic, diastolic, beats] =
    measured?.kind === 'blood_pressure'
      ? [measured.systolic, measured.diastolic, measured.heart_rate]
      : [headline?.systolic ?? null, headline?.diastolic ?? null, headline?.avg_heart_rate ?? null];
  const pulse = beats === null ? undefined : format.joined(format.heartRate(beats));
  if (systolic === null || diastolic === null) return pulse;
  const pair = format.pressure(systolic, diastolic).value;
  return pulse === undefined ? pair : t('body.pairPulse', { systolic, diastolic, pulse });
}

/** A measurement within a sentence: "93.1 kg, 12 November 07:04". */
export function whatAndWhen({ measured }: Pick<Measurement, 'measured'>, now: Date): string {
  return t('body.what', { value: valueWords(measured), when: whenWords(measured, now) });
}

export const valueWords = (measured: Measured): string =>
  measuredWords(measured) ?? t(measured.kind === 'body' ? 'activities.bodyMeasurement' : 'activities.bloodPressure');

export const whenWords = ({ time, utc_offset }: Measured, now: Date): string =>
  format.dayAndClock(time, now, utc_offset, 'sentence');

/** What is to be said of a measurement beside its values; undefined where nothing is. */
export function noteOf({ owner, gone }: Pick<Measurement, 'owner' | 'gone'>): string | undefined {
  if (gone !== null) return t('body.note.gone');
  return owner === 'certain' ? undefined : t(`body.note.${owner}`);
}

/** A value's name, with its part of the body where it is not the whole. */
export function measureName({ name, position }: Measure): string {
  const measure = word('body', `measure.${name}`) ?? plain(name);
  if (position === null) return measure;
  return t('body.measureAt', { measure, position: word('body', `position.${position}`) ?? spaced(position) });
}

/** Services may name what no table has. */
const spaced = (name: string): string => name.replaceAll('_', ' ');
function plain(name: string): string {
  const words = spaced(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function measureFigure({ value, unit }: Measure): format.Figure {
  if (unit === 'kg') return format.weight(value);
  if (unit === '%') return format.percent(value);
  if (unit === '°C') return format.temperature(value);
  if (unit === 'years') return { value: t('activities.body.years', { n: value }), unit: '' };
  return { value: format.number(value, 2), unit };
}
