// The words of the window: one typed table in two languages, and t() to read it.
//
// A value is a sentence with {placeholders}, or its plural forms chosen by the number {n}. Sentences are whole; none is
// glued from parts. The English table is the type; a test holds the German one to the same keys, placeholders and forms.

import deAccounts from './de/accounts.json';
import deActivities from './de/activities.json';
import deBody from './de/body.json';
import deCommon from './de/common.json';
import deHistory from './de/history.json';
import deHome from './de/home.json';
import deSettings from './de/settings.json';
import deSkip from './de/skip.json';
import deSports from './de/sports.json';
import deTray from './de/tray.json';
import deTrouble from './de/trouble.json';
import accounts from './en/accounts.json';
import activities from './en/activities.json';
import body from './en/body.json';
import common from './en/common.json';
import history from './en/history.json';
import home from './en/home.json';
import settings from './en/settings.json';
import skip from './en/skip.json';
import sports from './en/sports.json';
import tray from './en/tray.json';
import trouble from './en/trouble.json';
import { locale, type LanguageCode } from './locale.svelte';

export { locale, resolveLocale } from './locale.svelte';

export type Plural = { one: string; other: string };
export type Words = Record<string, string | Plural>;

const en = { common, home, activities, body, accounts, history, settings, trouble, skip, sports, tray };
type Table = typeof en;
export type Topic = keyof Table;
/** "home.upToDate": a topic, a dot, a key of that topic's file. */
export type TextKey = { [T in Topic]: `${T}.${keyof Table[T] & string}` }[Topic];
export type Values = Record<string, string | number>;

const de: Record<Topic, Words> = {
  common: deCommon,
  home: deHome,
  activities: deActivities,
  body: deBody,
  accounts: deAccounts,
  history: deHistory,
  settings: deSettings,
  trouble: deTrouble,
  skip: deSkip,
  sports: deSports,
  tray: deTray,
};

export const tables: Record<LanguageCode, Record<Topic, Words>> = { en, de };

/** The sentence of a key, its placeholders filled; the plural form is chosen by the value `n`. */
export function t(key: TextKey, values: Values = {}): string {
  const dot = key.indexOf('.');
  // Keys are checked by the compiler; the key itself stands in for one that a table lacks.
  return word(key.slice(0, dot) as Topic, key.slice(dot + 1), values) ?? key;
}

/** As `t`, for a key that is only known at run time (a sport, a kind of trouble); undefined where the topic has no such word. */
export function word(topic: Topic, key: string, values: Values = {}): string | undefined {
  const words = tables[locale.value.language][topic];
  if (!Object.hasOwn(words, key)) return undefined;
  const entry = words[key];
  if (entry === undefined) return undefined;
  return fill(typeof entry === 'string' ? entry : choose(entry, values['n']), values);
}

function choose(forms: Plural, n: string | number | undefined): string {
  const rule = new Intl.PluralRules(locale.value.language).select(Number(n ?? 0));
  return rule === 'one' ? forms.one : forms.other;
}

function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(locale.value.tag) : value;
  });
}
