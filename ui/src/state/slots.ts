// Which accounts the first run needs, and which routes come of them: pure functions.

import type { Account, Kind, Route, RouteLine, ServiceInfo } from '../ipc/bindings';
import { isPlace } from './services';

/** A place at which an account is to be connected: a service in the part that it plays. */
export type Slot = { id: string; service: string; from: boolean; to: boolean };

/** One slot for each service; a place that is chosen on both sides gets two. */
export function slotsOf(services: readonly ServiceInfo[], from: readonly string[], to: readonly string[]): Slot[] {
  const slots: Slot[] = [];
  for (const service of services) {
    const reads = from.includes(service.id);
    const writes = to.includes(service.id);
    if (reads && writes && !isPlace(service)) {
      slots.push({ id: service.id, service: service.id, from: true, to: true });
      continue;
    }
    if (reads) slots.push({ id: `${service.id}/from`, service: service.id, from: true, to: false });
    if (writes) slots.push({ id: `${service.id}/to`, service: service.id, from: false, to: true });
  }
  // What is read from comes first, as in the picture.
  return slots.sort((a, b) => Number(b.from) - Number(a.from));
}

/** Which account fills which slot: the one connected there, else one of that service that no other slot uses. */
export function fillSlots(
  slots: readonly Slot[],
  accounts: readonly Account[],
  connected: Readonly<Record<string, string>>,
  routes: readonly RouteLine[] = [],
): Record<string, Account> {
  const filled: Record<string, Account> = {};
  const used = new Set<string>();
  const put = (slot: Slot, account: Account | undefined): void => {
    if (account === undefined || used.has(account.id) || filled[slot.id] !== undefined) return;
    filled[slot.id] = account;
    used.add(account.id);
  };
  for (const slot of slots)
    put(
      slot,
      accounts.find(({ id }) => id === connected[slot.id]),
    );
  // Where the steps were left half-way, the routes made then tell which account plays which part.
  const plays = (slot: Slot, { id }: Account): boolean =>
    routes.some(({ route }) => (slot.from && route.from === id) || (slot.to && route.to === id));
  const promised = new Set(Object.values(connected));
  const free = (slot: Slot) => (account: Account) =>
    account.service === slot.service && !used.has(account.id) && !promised.has(account.id);
  for (const slot of slots)
    put(
      slot,
      accounts.find((account) => free(slot)(account) && plays(slot, account)),
    );
  for (const slot of slots) put(slot, accounts.find(free(slot)));
  return filled;
}

/** Two destinations of which one may already pass on what it gets, as "first.second" in the text table. */
export function pairsOf(to: readonly string[]): [string, string][] {
  return to.flatMap((first) =>
    to.filter((second) => second !== first).map((second): [string, string] => [first, second]),
  );
}

/** What would be carried between two accounts, out of the kinds that were chosen for the first. */
export function carried(from: Account, to: Account, chosen: readonly Kind[] | undefined): Kind[] {
  const kinds = chosen ?? from.reads.filter((kind) => kind !== 'blood_pressure');
  return kinds.filter((kind) => from.reads.includes(kind) && to.writes.includes(kind));
}

/** The routes that these accounts make, new ones turned off. One that is there already keeps what was set in it. */
export function routesOf(
  sources: readonly Account[],
  destinations: readonly Account[],
  chosen: Readonly<Record<string, Kind[]>>,
  there: readonly RouteLine[],
): Route[] {
  const routes: Route[] = [];
  for (const from of sources) {
    for (const to of destinations) {
      const kinds = carried(from, to, chosen[from.id]);
      if (from.id === to.id || kinds.length === 0) continue;
      const known = there.find(({ route }) => route.from === from.id && route.to === to.id)?.route;
      if (known === undefined) routes.push({ ...newRoute(from.id, to.id), kinds });
      else routes.push(chosen[from.id] === undefined ? known : { ...known, kinds });
    }
  }
  return routes;
}

export const newRoute = (from: string, to: string): Route => ({
  id: '',
  from,
  to,
  kinds: [],
  since: null,
  until: null,
  include_sports: [],
  exclude_sports: [],
  format: null,
  title: null,
  description: null,
  gear: null,
  join_gap_seconds: null,
  recorded_elsewhere: false,
  if_similar: 'leave',
  enabled: false,
});
