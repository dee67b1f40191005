// How a delivery of the demo comes to be, as the engine would write it into its ledger.

import type { Delivery, DeliveryState, EntryLine } from '../bindings';

const none: Delivery = {
  source: '',
  key: '',
  destination: '',
  route: '',
  state: 'planned',
  revision: '1',
  skip: null,
  joined_into: null,
  merged_with: null,
  file: null,
  file_hash: null,
  remote: null,
  similar: null,
  attempts: 0,
  error: null,
  next_try: null,
  remarks: [],
  changed: '',
  run: null,
};

/** A delivery of this line; `number` makes its identifier at the destination. */
export function delivery(
  line: EntryLine,
  destination: string,
  route: string,
  state: DeliveryState,
  number: number,
): Delivery {
  const sent = state === 'created' || state === 'already_there';
  const { entry } = line;
  const file = `${entry.span.start.slice(0, 7).replace('-', '/')}/${entry.span.start.slice(0, 10)}-${entry.sport ?? entry.kind}.fit`;
  const id = String(20_900_000_000 + number);
  const link =
    destination === 'garmin' && entry.kind === 'activity' ? `https://connect.garmin.com/modern/activity/${id}` : null;
  return {
    ...none,
    source: line.account,
    key: entry.key,
    destination,
    route,
    state,
    file: sent ? file : null,
    remote: sent ? { id: link === null ? file : id, link } : null,
    attempts: sent ? 1 : 0,
    changed: new Date().toISOString(),
  };
}
