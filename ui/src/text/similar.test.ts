import { afterEach, expect, it } from 'vitest';
import type { Similar } from '../ipc/bindings';
import { locale } from './index';
import { similarWords } from './similar';
import { skipWords } from './skip';

const english = { language: 'en', tag: 'en-GB', units: 'metric' } as const;
afterEach(() => locale.set(english));
locale.set(english);

const bare: Similar = { start: '2026-11-20T06:03:00Z', seconds: null, sport: null, sub_sport: null, device: null };
const full: Similar = {
  ...bare,
  seconds: 2670,
  sport: 'cycling',
  sub_sport: 'indoor_cycling',
  device: 'Forerunner 265',
};

it('names the other recording that an entry goes with, or that went before', () => {
  const words = (reason: 'merged' | 'same_workout') =>
    skipWords({ reason, account: 'garmin', title: 'Lunch Ride' }, () => 'Garmin Connect');
  expect(words('merged')).toBe('Goes as one with “Lunch Ride” from Garmin Connect');
  expect(words('same_workout')).toBe('The same workout went there before, as “Lunch Ride” from Garmin Connect');
  locale.set({ ...english, language: 'de' });
  expect(words('merged')).toBe('Geht zusammen mit „Lunch Ride“ aus Garmin Connect');
});

it('tells what is there as far as it is known', () => {
  const words = (similar: Similar) => similarWords(similar, 'Garmin Connect', 3600);
  expect(words(bare)).toBe('Garmin Connect already has an activity at 07:03.');
  expect(words({ ...bare, device: 'Edge 530' })).toBe(
    'Garmin Connect already has an activity from your Edge 530 at 07:03.',
  );
  expect(words({ ...full, device: null })).toBe(
    'Garmin Connect already has an activity at 07:03 (Indoor cycling, 44:30).',
  );
  expect(words(full)).toBe(
    'Garmin Connect already has an activity from your Forerunner 265 at 07:03 (Indoor cycling, 44:30).',
  );
});

it('tells it in German', () => {
  locale.set({ language: 'de', tag: 'de', units: 'metric' });
  expect(similarWords(full, 'Garmin Connect', 3600)).toMatch(
    /^Bei Garmin Connect gibt es um 07:03 schon eine Aktivität von deinem Gerät Forerunner 265 \(.+, 44:30\)\.$/,
  );
});
