// What is said of an entry in a list: its title, its time, and how its deliveries stand.

import type { Delivery, EntryLine } from '../../ipc/bindings';
import * as format from '../../text/format';
import { t } from '../../text/index';
import { skipWords } from '../../text/skip';
import { sportName } from '../../text/sports';

/** Activities have titles of their own; measurements are named by what they are. */
export function titleOf(line: EntryLine): string {
  switch (line.entry.kind) {
    case 'body':
      return t(line.headline?.weight == null ? 'activities.bodyMeasurement' : 'activities.body');
    case 'blood_pressure':
      return t('activities.bloodPressure');
    case 'activity':
      return line.entry.title.trim() === '' ? sportName(line.entry.sport, line.entry.sub_sport) : line.entry.title;
  }
}

export const clockOf = (line: EntryLine): string => format.clock(line.entry.span.start, line.entry.utc_offset);

/** "Garmin Connect: Already there", with the reason where something was left out. */
export function deliveryWords(delivery: Delivery, name: (account: string) => string): string {
  const account = name(delivery.destination);
  const state = t(`common.state.${delivery.state}`);
  if (delivery.skip === null) return t('activities.at', { account, state });
  return t('activities.atReason', { account, state, reason: skipWords(delivery.skip, name) });
}
