import { describe, expect, it } from 'vitest';
import { render, unknownWord } from './title-pattern';

const example = { title: '30 min Ride', date: '2023-11-14', time: '17:13', minutes: '30' };

describe('title patterns', () => {
  it.each([
    ['{title}', '30 min Ride'],
    ['{date} {time} {title}[ with {instructor}] {minutes}’', '2023-11-14 17:13 30 min Ride 30’'],
    ['{title} [{distance_km} km]', '30 min Ride'],
    ['[{distance_km} km]', '30 min Ride'],
    ['{title} [open', '30 min Ride open'],
    ['plain words', 'plain words'],
    ['', '30 min Ride'],
  ])('%s', (pattern, filled) => {
    expect(render(pattern, example)).toBe(filled);
  });

  it('keeps a part in brackets whose words are all known', () => {
    expect(render('{title}[ with {instructor}]', { ...example, instructor: 'Alex' })).toBe('30 min Ride with Alex');
  });

  it.each([
    ['{title} {date}', null],
    ['{titel}', '{titel}'],
    ['{title} and {title', '{title'],
    ['{}', '{}'],
  ])('%s knows its words', (pattern, unknown) => {
    expect(unknownWord(pattern)).toBe(unknown);
  });
});
