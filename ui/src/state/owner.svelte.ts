// Answers to "is this you?": one at a time, and the last one can be taken back by answering the other way.

import { asError, commands } from '../ipc/api';
import type { Commands, Error, Measured } from '../ipc/bindings';

export type OwnerCalls = Pick<Commands, 'answerOwner'>;
/** A measurement that somebody is asked about. */
export type Asked = { account: string; key: string; measured: Measured };

export class OwnerAnswers {
  /** The last answer, until the next or until it is put away. */
  last = $state.raw<{ asked: Asked[]; mine: boolean } | null>(null);
  busy = $state(false);
  #calls: () => OwnerCalls;

  constructor(calls: () => OwnerCalls) {
    this.#calls = calls;
  }

  /** Undefined where it went well; the error else, and nothing has changed then. */
  async answer(asked: Asked[], mine: boolean): Promise<Error | undefined> {
    if (this.busy || asked.length === 0) return undefined;
    this.busy = true;
    try {
      await this.#calls().answerOwner(
        asked.map(({ account, key }) => ({ account, key })),
        mine,
      );
      this.last = { asked, mine };
      return undefined;
    } catch (thrown) {
      return asError(thrown);
    } finally {
      this.busy = false;
    }
  }

  putAway(): void {
    this.last = null;
  }
}

export const answers = new OwnerAnswers(() => commands);
