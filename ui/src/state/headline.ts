// The one sentence that says how things stand: seven forms and three quiet ones, one at a time, the worst wins.

import type { Account, Attention, Error, ErrorKind, Snapshot, Time } from '../ipc/bindings';

export type Headline =
  /** No route yet, or none was ever followed. */
  | { form: 'nothing_yet'; routes: boolean }
  | { form: 'up_to_date'; last: Time; next: Time | null }
  /** Something did not arrive the last time; it is tried again by itself where it can be. */
  | { form: 'some_failed'; failed: number; last: Time; next: Time | null }
  /** The last sync ended before all was sent: it was stopped, or its limit was reached. */
  | { form: 'waiting'; waiting: number; last: Time; next: Time | null }
  | { form: 'syncing'; done: number; send: number | null }
  | { form: 'paused'; until: Time | null }
  /** A sync is due, and this network counts what is used. */
  | { form: 'held_back' }
  | { form: 'offline' }
  | { form: 'service_trouble'; account: string | null; error: Error; next: Time | null }
  | { form: 'needs_you'; account: string | null; error: Error; more: number };

/** Whose move it is. */
const moves: Record<ErrorKind['kind'], 'person' | 'service' | 'network' | 'nobody'> = {
  sign_in_required: 'person',
  consent_required: 'person',
  vault_locked: 'person',
  storage: 'person',
  bug: 'person',
  bad_input: 'person',
  login_cool_down: 'service',
  rate_limited: 'service',
  service_down: 'service',
  service_changed: 'service',
  offline: 'network',
  rejected: 'nobody',
  incomplete: 'nobody',
  unsupported: 'nobody',
  unsettled: 'nobody',
  busy: 'nobody',
  cancelled: 'nobody',
};

/** What concerns accounts and the whole program now: the list of attention, and accounts whose state says so without it. */
export function concerns(snapshot: Snapshot): Attention[] {
  const told = new Set(snapshot.attention.map((one) => one.account));
  const ofAccount = (account: Account): Attention[] => {
    const { state } = account;
    if (told.has(account.id) || !('error' in state)) return [];
    return [{ account: account.id, error: state.error, since: 'since' in state ? state.since : state.until }];
  };
  return [...snapshot.attention, ...snapshot.accounts.flatMap(ofAccount)];
}

export function headline(snapshot: Snapshot): Headline {
  const all = concerns(snapshot);
  const whose = (mover: 'person' | 'service' | 'network') => all.filter((one) => moves[one.error.kind] === mover);

  const person = whose('person');
  const [first] = person;
  if (first !== undefined)
    return { form: 'needs_you', account: first.account, error: first.error, more: person.length - 1 };

  const [trouble] = whose('service');
  if (trouble !== undefined)
    return {
      form: 'service_trouble',
      account: trouble.account,
      error: trouble.error,
      next: 'until' in trouble.error ? trouble.error.until : snapshot.next_sync,
    };

  if (whose('network').length > 0) return { form: 'offline' };
  // A sync that the person asks for runs during a pause, too, and is then what they want to see.
  if (snapshot.progress !== null)
    return { form: 'syncing', done: snapshot.progress.done, send: snapshot.progress.send };
  if (snapshot.schedule.paused) return { form: 'paused', until: snapshot.schedule.paused_until };
  if (snapshot.held_back) return { form: 'held_back' };

  const last = snapshot.last_run;
  const routes = snapshot.routes.some((line) => line.route.enabled);
  if (last === null || !routes) return { form: 'nothing_yet', routes };
  const lastTime = last.finished ?? last.started;
  const failed = Math.max(
    last.failed,
    snapshot.routes.reduce((sum, line) => sum + line.failed, 0),
  );
  if (failed > 0) return { form: 'some_failed', failed, last: lastTime, next: snapshot.next_sync };
  const waiting = snapshot.routes.reduce((sum, line) => sum + (line.route.enabled ? line.waiting : 0), 0);
  if (waiting > 0) return { form: 'waiting', waiting, last: lastTime, next: snapshot.next_sync };
  return { form: 'up_to_date', last: lastTime, next: snapshot.next_sync };
}
