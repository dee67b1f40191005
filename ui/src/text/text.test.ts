import { afterEach, describe, expect, it } from 'vitest';
import type { Error } from '../ipc/bindings';
import { locale, t, tables, word, type Plural, type Topic } from './index';
import { resolveLocale } from './locale.svelte';
import { skipReasons, skipWords } from './skip';
import { errorKinds, troubleWords } from './trouble';

const english = { language: 'en', tag: 'en-GB', units: 'metric' } as const;
afterEach(() => locale.set(english));

const topics = Object.keys(tables.en) as Topic[];
const placeholders = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const forms = (entry: string | Plural) => (typeof entry === 'string' ? { only: entry } : { ...entry });

describe.each(topics)('the words of %s', (topic) => {
  const en = tables.en[topic];
  const de = tables.de[topic];

  it('are the same keys in both languages', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  it('have the same placeholders and plural forms, and nothing is empty', () => {
    for (const [key, entry] of Object.entries(en)) {
      const other = de[key];
      if (other === undefined) continue;
      expect(Object.keys(forms(other)), `${topic}.${key}`).toEqual(Object.keys(forms(entry)));
      for (const language of [entry, other]) {
        for (const sentence of Object.values(forms(language))) expect(sentence.trim(), `${topic}.${key}`).not.toBe('');
      }
      const main = (of: string | Plural) => (typeof of === 'string' ? of : of.other);
      expect(placeholders(main(other)), `${topic}.${key}`).toEqual(placeholders(main(entry)));
      if (typeof entry !== 'string') {
        // "One activity" needs no {n}; nothing else may be missing or new.
        for (const of of [entry, other as Plural]) {
          const without = (names: (string | undefined)[]) => names.filter((name) => name !== 'n');
          expect(without(placeholders(of.one)), `${topic}.${key}`).toEqual(without(placeholders(of.other)));
        }
      }
    }
  });

  it('speak calmly', () => {
    for (const table of [en, de]) {
      for (const [key, entry] of Object.entries(table)) {
        for (const sentence of Object.values(forms(entry))) {
          expect(sentence, `${topic}.${key}`).not.toMatch(/!|\b(oops|please|bitte klicke|payload|OAuth|MFA)\b/i);
        }
      }
    }
  });
});

describe('t', () => {
  it('fills placeholders, and leaves no brace behind', () => {
    expect(t('home.lastAndNext', { ago: '5 minutes ago', time: '15:30' })).toBe(
      'Last sync 5 minutes ago · next around 15:30',
    );
  });

  it('chooses the plural form by n', () => {
    expect(t('history.nothingNew', { n: 1 })).toBe('One check, nothing new');
    expect(t('history.nothingNew', { n: 1234 })).toBe('1,234 checks, nothing new');
    locale.set({ language: 'de', tag: 'de', units: 'metric' });
    expect(t('history.nothingNew', { n: 1234 })).toBe('1.234 Prüfungen, nichts Neues');
  });

  it('does not fill what a value brings with it', () => {
    expect(t('home.stepSend', { title: '{service} ride', service: 'Garmin Connect' })).toBe(
      'Sending {service} ride to Garmin Connect',
    );
  });

  it('has no word for what nobody wrote down', () => {
    expect(word('sports', 'no such sport')).toBeUndefined();
    expect(word('sports', 'toString')).toBeUndefined();
  });
});

describe('the locale', () => {
  it.each([
    ['system', 'system', 'de-AT', { language: 'de', tag: 'de-AT', units: 'metric' }],
    ['system', 'system', 'en-US', { language: 'en', tag: 'en-US', units: 'imperial' }],
    ['de', 'system', 'en-US', { language: 'de', tag: 'de', units: 'imperial' }],
    ['en', 'metric', 'en-US', { language: 'en', tag: 'en-US', units: 'metric' }],
    ['system', 'system', 'fr_FR', { language: 'en', tag: 'en', units: 'metric' }],
    ['system', 'system', 'not a tag', { language: 'en', tag: 'en', units: 'metric' }],
  ] as const)('of language %s, units %s on %s', (language, units, tag, expected) => {
    expect(resolveLocale({ language, units }, tag)).toEqual(expected);
  });
});

describe('words for trouble', () => {
  const now = new Date('2026-11-20T10:00:00Z');
  const sample = (kind: (typeof errorKinds)[number], until: string): Error =>
    ({ kind, message: 'the details', link: 'https://x', until, reason: 'too short' }) as Error;

  it.each(['en', 'de'] as const)('exist for every kind of error in %s', (language) => {
    locale.set({ language, tag: language, units: 'metric' });
    expect(errorKinds).toHaveLength(17);
    for (const kind of errorKinds) {
      for (const waiting of [0, 1, 3]) {
        for (const until of ['2026-11-20T12:00:00Z', '2026-11-20T09:00:00Z']) {
          const words = troubleWords(sample(kind, until), { now, service: 'Garmin Connect', waiting });
          expect(word('trouble', `${kind}.title`), kind).toBeDefined();
          expect(word('trouble', `${kind}.sentence`), kind).toBeDefined();
          expect(`${words.title} ${words.sentence} ${words.action?.label ?? ''}`, kind).not.toMatch(
            /[{}]|undefined|\s\s/,
          );
          if (words.action !== null) expect(words.action.label).not.toBe('');
        }
      }
    }
  });

  it('tell a clock time that lies ahead, and none that has passed', () => {
    const ahead = troubleWords({ kind: 'service_down', message: '' }, { now, nextTry: '2026-11-20T12:10:00Z' });
    expect(ahead.sentence).toMatch(/Next try \d\d:10/);
    const past = troubleWords({ kind: 'service_down', message: '' }, { now, nextTry: '2026-11-20T08:10:00Z' });
    expect(past.sentence).toBe('The trouble is on their side. Baton tries again by itself.');
  });
});

describe('words for what is left out', () => {
  it.each(['en', 'de'] as const)('exist for every reason in %s', (language) => {
    locale.set({ language, tag: language, units: 'metric' });
    expect(skipReasons).toHaveLength(15);
    for (const reason of skipReasons) {
      expect(word('skip', reason), reason).toBeDefined();
      const words = skipWords(
        { reason, by: 'garmin', attempts: 5, account: 'garmin', title: 'Ride' } as never,
        () => 'Garmin Connect',
      );
      expect(words).not.toMatch(/[{}]/);
    }
  });
});
