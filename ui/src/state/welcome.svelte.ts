// The first run's four steps: what was chosen and connected so far.

import type { Kind } from '../ipc/bindings';

export type Step = 1 | 2 | 3 | 4;
export const LAST_STEP: Step = 4;

/** The answers given so far. Nothing of it is saved before the last step. */
export class Welcome {
  step = $state<Step>(1);
  from = $state.raw<string[]>([]);
  to = $state.raw<string[]>([]);
  /** Account by slot, as connected here. */
  connected = $state.raw<Record<string, string>>({});
  /** Chosen kinds by account. */
  kinds = $state.raw<Record<string, Kind[]>>({});
  /** By pair of destinations: whether the first passes on to the second by itself. */
  passedOn = $state.raw<Record<string, boolean>>({});

  /** What is to be written to, without those that get it from another anyway. */
  destinations = $derived(
    this.to.filter((second) => !this.to.some((first) => this.passedOn[`${first}.${second}`] === true)),
  );

  toggle(part: 'from' | 'to', service: string): void {
    const chosen = this[part];
    this[part] = chosen.includes(service) ? chosen.filter((id) => id !== service) : [...chosen, service];
  }

  connect(slot: string, account: string, kinds: Kind[]): void {
    this.connected = { ...this.connected, [slot]: account };
    if (kinds.length > 0) this.kinds = { ...this.kinds, [account]: kinds };
  }

  answer(pair: string, passedOn: boolean): void {
    this.passedOn = { ...this.passedOn, [pair]: passedOn };
  }

  next(): void {
    if (this.step < LAST_STEP) this.step = (this.step + 1) as Step;
  }

  back(): void {
    if (this.step > 1) this.step = (this.step - 1) as Step;
  }
}
