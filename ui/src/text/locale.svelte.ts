// Which language, number style and units the window uses right now. Set once from the preferences, read by t() and format.

import type { Preferences } from '../ipc/bindings';

export type LanguageCode = 'en' | 'de';
export type Units = 'metric' | 'imperial';
export type Locale = { language: LanguageCode; tag: string; units: Units };

/** Regions where distances are miles and weights are pounds. */
const imperialRegions = new Set(['US', 'LR', 'MM']);

/** What the preferences mean on a system with this language tag, e.g. "de-AT". */
export function resolveLocale(preferences: Pick<Preferences, 'language' | 'units'>, systemTag: string): Locale {
  const system = parse(systemTag);
  const systemLanguage: LanguageCode = system.language === 'de' ? 'de' : 'en';
  const language = preferences.language === 'system' ? systemLanguage : preferences.language;
  // The system's own tag keeps its habits (a 24 hour clock in en-GB) where it speaks the language that was chosen.
  const tag = system.language === language ? system.toString() : language;
  const units =
    preferences.units === 'system'
      ? imperialRegions.has(system.region ?? '')
        ? 'imperial'
        : 'metric'
      : preferences.units;
  return { language, tag, units };
}

function parse(tag: string): Intl.Locale {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-'));
  } catch {
    return new Intl.Locale('en');
  }
}

class CurrentLocale {
  #value = $state.raw<Locale>({ language: 'en', tag: 'en', units: 'metric' });

  get value(): Locale {
    return this.#value;
  }

  set(next: Locale): void {
    const now = this.#value;
    if (now.language !== next.language || now.tag !== next.tag || now.units !== next.units) this.#value = next;
  }
}

export const locale = new CurrentLocale();
