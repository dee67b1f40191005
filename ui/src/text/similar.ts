// What is at a destination already and begins and ends like an entry, in words.

import type { Similar } from '../ipc/bindings';
import * as format from './format';
import { t } from './index';
import { sportName } from './sports';

/** "Garmin Connect already has an activity from your Forerunner 265 at 07:03 (Indoor cycling, 45 min)." As far as it is known. */
export function similarWords(similar: Similar, account: string, offset: number | null): string {
  const { seconds, sport, device } = similar;
  const there = { account, time: format.clock(similar.start, offset) };
  if (seconds === null || sport === null)
    return device === null ? t('activities.similar', there) : t('activities.similarDevice', { ...there, device });
  const told = { ...there, sport: sportName(sport, similar.sub_sport), length: format.duration(seconds) };
  return device === null ? t('activities.similarSport', told) : t('activities.similarSportDevice', { ...told, device });
}
