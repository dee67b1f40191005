// What a plan says, as lines to show and counts to tell: pure functions.

import type { Decision, EntryId, Error, Route, Snapshot, Time } from '../ipc/bindings';

export const PERIODS = ['days14', 'months3', 'all'] as const;
export type Period = (typeof PERIODS)[number];

/** How a decision is shown: it goes, it is there already, or it is left out for a reason worth saying. */
export type Fate = 'send' | 'there' | 'left';
export type PlanLine = { id: string; decision: Decision; fate: Fate };
export type Counts = { send: number; there: number; left: number };

export type Look =
  | { look: 'looking'; found: number }
  | { look: 'known'; since: Time; lines: PlanLine[] }
  | { look: 'failed'; error: Error; account: string | null };

/** No service here kept anything before. */
const BEGINNING: Time = '2000-01-01T00:00:00Z';

/** From when a period reaches back: whole local days. */
export function beginOf(period: Period, now: Date): Time {
  if (period === 'all') return BEGINNING;
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (period === 'days14') day.setDate(day.getDate() - 14);
  else day.setMonth(day.getMonth() - 3);
  return day.toISOString();
}

/** Decisions as lines, the newest first. What a route is not about (another kind, another sport, too old) is no line. */
export function linesOf(decisions: readonly Decision[]): PlanLine[] {
  const lines: PlanLine[] = [];
  for (const decision of decisions) {
    const fate = fateOf(decision);
    const first = decision.entries[0];
    if (fate === null || first === undefined) continue;
    lines.push({ id: JSON.stringify([decision.from, decision.to, first.key]), decision, fate });
  }
  return lines.sort((a, b) => startOf(b).localeCompare(startOf(a)));
}

function fateOf({ verdict }: Decision): Fate | null {
  if (verdict.verdict === 'send') return 'send';
  switch (verdict.skip.reason) {
    case 'delivered':
      return 'there';
    case 'kind_off':
    case 'filtered':
    case 'too_old':
    case 'unsupported':
      return null;
    default:
      return 'left';
  }
}

const startOf = (line: PlanLine): string => line.decision.entries[0]?.span.start ?? '';

export function countsOf(lines: readonly PlanLine[], without: readonly string[] = []): Counts {
  const counts: Counts = { send: 0, there: 0, left: 0 };
  for (const { fate, id } of lines) if (fate !== 'send' || !without.includes(id)) counts[fate] += 1;
  return counts;
}

/** Why a plan of these routes cannot be trusted: an account that could not be asked is missing from it. */
export function obstacle(
  snapshot: Snapshot,
  routes: readonly Route[],
): { error: Error; account: string | null } | null {
  const accounts = new Set(routes.flatMap((route) => [route.from, route.to]));
  for (const { account, error } of snapshot.attention) {
    if (account === null || accounts.has(account)) return { error, account };
  }
  return null;
}

/** What these lines would send, by destination. */
export function sendsOf(lines: readonly PlanLine[]): [string, EntryId[]][] {
  const sends = new Map<string, EntryId[]>();
  for (const { decision, fate } of lines) {
    if (fate !== 'send') continue;
    const entries = decision.entries.map(({ key }) => ({ account: decision.from, key }));
    sends.set(decision.to, [...(sends.get(decision.to) ?? []), ...entries]);
  }
  return [...sends];
}

export const present = (): Date => new Date();
