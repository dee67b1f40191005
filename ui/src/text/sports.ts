// What a sport is called, in one place for lists, previews and routes.

import { t, word } from './index';

/**
 * The name of FIT's sport and sub-sport: of the pair where that has one of its own, else of the narrower one that says
 * something, else of the sport. A name that the table lacks stands for itself.
 */
export function sportName(sport: string | null, subSport: string | null = null): string {
  if (sport === null) return t('sports.generic');
  const narrower = subSport === null || subSport === 'generic' || subSport === 'all' ? null : subSport;
  const pair =
    narrower === null ? undefined : (word('sports', `${sport}/${narrower}`) ?? word('sports', `sub.${narrower}`));
  return pair ?? word('sports', sport) ?? plain(sport);
}

/** "para_sport" as "Para sport": FIT grows sports that no table knows yet. */
function plain(name: string): string {
  const spaced = name.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
