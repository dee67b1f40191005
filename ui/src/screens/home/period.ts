// A period of whole local days, and what a plan for it comes to.

import type { Plan } from '../../ipc/bindings';

/** The first moment of a day such as "2026-11-20" where the computer is; null where that is no day. */
export function dayStart(day: string): string | null {
  const time = new Date(`${day}T00:00:00`);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** The first moment after that day. */
export function dayEnd(day: string): string | null {
  const time = new Date(`${day}T00:00:00`);
  if (Number.isNaN(time.getTime())) return null;
  time.setDate(time.getDate() + 1);
  return time.toISOString();
}

export type PlanCount = { send: number; there: number; left: number };

/** Decisions counted: to send, there already, left out for another reason. */
export function countPlan(plan: Plan): PlanCount {
  const count: PlanCount = { send: 0, there: 0, left: 0 };
  for (const { verdict } of plan.decisions) {
    if (verdict.verdict === 'send') count.send += 1;
    else if (verdict.skip.reason === 'delivered') count.there += 1;
    else count.left += 1;
  }
  return count;
}
