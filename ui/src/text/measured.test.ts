import { afterEach, describe, expect, it } from 'vitest';
import type { EntryLine, Headline, Kind, Measure } from '../ipc/bindings';
import { locale } from './index';
import { measureFigure, measureName, noteOf, rowWords } from './measured';

const metric = { language: 'en', tag: 'en-GB', units: 'metric' } as const;
afterEach(() => locale.set(metric));
locale.set(metric);

const plain = (text: string | undefined) => text?.replaceAll('\u00a0', ' ');
function line(kind: Kind, known: Partial<Headline> | null): EntryLine {
  const none = {
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
  return {
    account: 'scale',
    headline: known === null ? null : { ...none, ...known },
    gone: null,
    deliveries: [],
    entry: {
      key: 'k',
      kind,
      span: { start: '2026-11-12T06:04:00Z', end: '2026-11-12T06:04:00Z' },
      revision: '1',
      recorded_by: 'source',
      title: '',
      sport: null,
      sub_sport: null,
      utc_offset: 3600,
      in_progress: false,
      arrived: null,
      owner: 'certain',
      measured: null,
    },
  };
}

describe('the number of a row', () => {
  it('is the weight, in the reader’s unit', () => {
    expect(plain(rowWords(line('body', { weight: 71.38 })))).toBe('71.4 kg');
    locale.set({ language: 'en', tag: 'en-US', units: 'imperial' });
    expect(plain(rowWords(line('body', { weight: 71.38 })))).toBe('157.4 lb');
  });

  it('is both pressures and the pulse, as far as they are known', () => {
    expect(plain(rowWords(line('blood_pressure', { systolic: 128, diastolic: 82, avg_heart_rate: 64 })))).toBe(
      '128/82 · 64 bpm',
    );
    expect(plain(rowWords(line('blood_pressure', { systolic: 128, diastolic: 82 })))).toBe('128/82');
    expect(plain(rowWords(line('blood_pressure', { avg_heart_rate: 64 })))).toBe('64 bpm');
  });

  it('comes from the measurement itself where nothing was fetched', () => {
    const measured = { time: '2026-11-12T06:04:00Z', utc_offset: 0, systolic: 121, diastolic: 79, heart_rate: null };
    const bare = line('blood_pressure', null);
    const whole = {
      ...bare,
      entry: { ...bare.entry, measured: { kind: 'blood_pressure' as const, ...measured, more: [] } },
    };
    expect(rowWords(bare)).toBeUndefined();
    expect(rowWords(whole)).toBe('121/79');
  });

  it('is none for an activity', () => expect(rowWords(line('activity', { weight: 70 }))).toBeUndefined());
});

describe('what is to be said beside a measurement', () => {
  it.each([
    ['certain', null, undefined],
    ['doubtful', null, 'Whose is it?'],
    ['not_mine', null, 'Not yours, as you said'],
    ['doubtful', '2026-11-13T00:00:00Z', 'Deleted at its source'],
  ] as const)('owner %s, gone %s', (owner, gone, words) => expect(noteOf({ owner, gone })).toBe(words));
});

describe('values without a field of their own', () => {
  const measure = (name: string, value: number, unit: string, position: string | null = null): Measure => ({
    name,
    value,
    unit,
    position,
  });
  it('have names, with their part of the body', () => {
    expect(measureName(measure('pulse_wave_velocity', 6.4, 'm/s'))).toBe('Pulse wave velocity');
    expect(measureName(measure('segment_muscle_mass', 3.2, 'kg', 'left_arm'))).toBe('Muscle, left arm');
    locale.set({ language: 'de', tag: 'de', units: 'metric' });
    expect(measureName(measure('segment_muscle_mass', 3.2, 'kg', 'left_arm'))).toBe('Muskeln, linker Arm');
  });

  it('that nobody wrote down are said as they come', () => {
    expect(measureName(measure('bone_density', 1, '', 'third_knee'))).toBe('Bone density, third knee');
  });

  it('are written in the reader’s unit', () => {
    const told = (of: Measure) => {
      const { value, unit } = measureFigure(of);
      return `${value} ${unit}`.trim();
    };
    expect(told(measure('fat_mass', 12.34, 'kg'))).toBe('12.3 kg');
    expect(told(measure('vascular_age', 36, 'years'))).toBe('36 years');
    expect(told(measure('pulse_wave_velocity', 6.4, 'm/s'))).toBe('6.4 m/s');
    expect(told(measure('nerve_health_feet', 78, ''))).toBe('78');
  });
});
