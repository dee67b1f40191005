// One sign-in under way: the conversation with a service, from what to know beforehand to "Connected as".

import { asError } from '../ipc/api';
import type {
  Account,
  Commands,
  Error,
  Kind,
  Prompt,
  ServiceInfo,
  SignInReply,
  SignInStep,
  Time,
} from '../ipc/bindings';

export type SignInCalls = Pick<Commands, 'beginSignIn' | 'replySignIn' | 'signInWait' | 'cancelSignIn' | 'remindMe'>;

/** Prompts that the person answers in the dialog. */
export type Question = Extract<Prompt, { prompt: 'password' | 'code' | 'app_keys' | 'paste' | 'folder' }>;
/** Prompts that are answered elsewhere, while the dialog waits. */
export type Elsewhere = Extract<Prompt, { prompt: 'window' | 'browser' }>;

export type Stage =
  /** What to know about this service, and the ways to sign in. */
  | { stage: 'start' }
  /** The service is asked for its first question. */
  | { stage: 'opening' }
  /** `problem` is why the last answer was refused; the same question may then be answered again. */
  | { stage: 'ask'; question: Question; busy: boolean; problem: Error | null }
  | { stage: 'wait'; elsewhere: Elsewhere }
  /** The window was closed, or nobody came back in time. */
  | { stage: 'stopped'; why: 'closed' | 'too_long' }
  | { stage: 'cool_down'; until: Time; reminded: boolean }
  | { stage: 'consent'; link: string }
  | { stage: 'failed'; error: Error }
  | { stage: 'done'; account: Account; choice: Kind[] };

/** What is to be signed in, and what becomes of it. */
export type SignInAim = {
  service: ServiceInfo;
  /** Garmin has two: `garmin.cn` is the other. */
  domain?: string | null;
  /** Whether the person was told already what there is to know about this service. */
  told: boolean;
  /** Which of the account's kinds there is a choice about; empty where it will only be written to or has routes already. */
  choosable?: (account: Account) => Kind[];
  then?: (account: Account, kinds: Kind[]) => void;
};

/** How long a page elsewhere is waited for. */
export const WAIT_MILLISECONDS = 10 * 60_000;

/** Kinds that are carried unless the person says otherwise. */
const CHOSEN_AT_FIRST: readonly Kind[] = ['activity', 'body'];

/**
 * The state of the sign-in dialog. Passwords, codes and keys pass through `reply` and are never kept here.
 *
 * Every answer of a service belongs to the turn in which it was asked for: cancelling or beginning again starts a new turn,
 * and what arrives for an older one is dropped.
 */
export class SignIn {
  aim = $state.raw<SignInAim | null>(null);
  method = $state.raw('');
  stage = $state.raw<Stage>({ stage: 'start' });
  /** How many texts to paste were asked for in this conversation. */
  pastes = $state.raw(0);
  /** Whether the dialog is there. */
  isOpen = $derived(this.aim !== null);

  readonly #calls: SignInCalls;
  #conversation: number | null = null;
  #turn = 0;
  #limit: ReturnType<typeof setTimeout> | undefined;

  constructor(calls: SignInCalls) {
    this.#calls = calls;
  }

  /** Begins with what is to be known, or at once where that was read before or there is nothing to know or to choose. */
  open(aim: SignInAim): void {
    this.#end();
    this.aim = aim;
    this.method = aim.service.sign_in[0]?.id ?? '';
    this.stage = { stage: 'start' };
    if (aim.told || (aim.service.notice === null && aim.service.sign_in.length < 2)) void this.choose(this.method);
  }

  /** Begins, or begins again, by this way. */
  async choose(method: string): Promise<void> {
    this.#end();
    this.method = method;
    this.stage = { stage: 'opening' };
    await this.#begin(this.#turn);
  }

  /** Starts anew by the same way. */
  again(): Promise<void> {
    return this.choose(this.method);
  }

  /** Back to what is to be known and the ways to sign in. */
  back(): void {
    this.#end();
    this.stage = { stage: 'start' };
  }

  async reply(reply: SignInReply): Promise<void> {
    const before = this.stage;
    if (before.stage !== 'ask' || before.busy) return;
    const turn = this.#turn;
    this.stage = { ...before, busy: true, problem: null };
    // A refused answer ended the conversation: the next answer begins a new one, behind the same question.
    if (this.#conversation === null && !(await this.#begin(turn, before.question))) return;
    const conversation = this.#conversation;
    if (conversation === null) return;
    try {
      const step = await this.#calls.replySignIn(conversation, reply);
      if (turn === this.#turn) this.#take(step);
    } catch (error) {
      if (turn === this.#turn) this.#refused(asError(error), before.question);
    }
  }

  /** Asks for a notification when the service may be tried again. */
  async remind(): Promise<void> {
    const { aim, stage } = this;
    if (aim === null || stage.stage !== 'cool_down') return;
    const turn = this.#turn;
    try {
      await this.#calls.remindMe(aim.service.id, stage.until);
      if (turn === this.#turn) this.stage = { ...stage, reminded: true };
    } catch (error) {
      if (turn === this.#turn) this.stage = { stage: 'failed', error: asError(error) };
    }
  }

  choice(kinds: Kind[]): void {
    if (this.stage.stage === 'done') this.stage = { ...this.stage, choice: kinds };
  }

  /** Closes. Signed in: hands over what was chosen. Not yet: cancels. */
  close(): void {
    const { aim, stage } = this;
    this.#end();
    this.aim = null;
    if (stage.stage === 'done') aim?.then?.(stage.account, stage.choice);
  }

  /** `true` where the conversation stands at `expected` and can be answered. */
  async #begin(turn: number, expected?: Question): Promise<boolean> {
    const aim = this.aim;
    if (aim === null) return false;
    try {
      const { id, step } = await this.#calls.beginSignIn(aim.service.id, this.method, aim.domain ?? null);
      if (turn !== this.#turn) {
        this.#calls.cancelSignIn(id).catch(ignore);
        return false;
      }
      this.#conversation = id;
      this.pastes = 0;
      if (step.step === 'ask' && step.prompt.prompt === expected?.prompt) {
        this.#count(step.prompt);
        return true;
      }
      this.#take(step);
    } catch (error) {
      if (turn === this.#turn) this.#refused(asError(error), expected);
    }
    return false;
  }

  #take(step: SignInStep): void {
    if (step.step === 'done') {
      this.#conversation = null;
      const choice = this.aim?.choosable?.(step.account) ?? [];
      const atFirst = choice.filter((kind) => CHOSEN_AT_FIRST.includes(kind));
      this.stage = { stage: 'done', account: step.account, choice: atFirst.length > 0 ? atFirst : choice };
    } else if (step.prompt.prompt === 'window' || step.prompt.prompt === 'browser') {
      this.stage = { stage: 'wait', elsewhere: step.prompt };
      void this.#wait();
    } else {
      this.#count(step.prompt);
      this.stage = { stage: 'ask', question: step.prompt, busy: false, problem: null };
    }
  }

  #count(prompt: Prompt): void {
    if (prompt.prompt === 'paste') this.pastes += 1;
  }

  async #wait(): Promise<void> {
    const conversation = this.#conversation;
    if (conversation === null) return;
    const turn = this.#turn;
    this.#limit = setTimeout(() => {
      this.#end();
      this.stage = { stage: 'stopped', why: 'too_long' };
    }, WAIT_MILLISECONDS);
    try {
      const step = await this.#calls.signInWait(conversation);
      if (turn !== this.#turn) return;
      clearTimeout(this.#limit);
      this.#take(step);
    } catch (error) {
      if (turn === this.#turn) this.#refused(asError(error));
    }
  }

  /** After an error the service's side of the conversation is over; what was typed stays where it can be put right. */
  #refused(error: Error, question?: Question): void {
    this.#conversation = null;
    clearTimeout(this.#limit);
    if (error.kind === 'login_cool_down') {
      this.stage = { stage: 'cool_down', until: error.until, reminded: false };
    } else if (error.kind === 'consent_required') {
      this.stage = { stage: 'consent', link: error.link };
    } else if (error.kind === 'cancelled') {
      this.stage = { stage: 'stopped', why: 'closed' };
    } else if (question !== undefined && !this.#isLater(question) && error.kind !== 'vault_locked') {
      this.stage = { stage: 'ask', question, busy: false, problem: error };
    } else {
      this.stage = { stage: 'failed', error };
    }
  }

  /** A code, or a second text to paste, belongs to one conversation and cannot be used in the next. */
  #isLater(question: Question): boolean {
    return question.prompt === 'code' || (question.prompt === 'paste' && this.pastes > 1);
  }

  /** Ends the turn, and the conversation where there is one. */
  #end(): void {
    this.#turn += 1;
    clearTimeout(this.#limit);
    if (this.#conversation !== null) this.#calls.cancelSignIn(this.#conversation).catch(ignore);
    this.#conversation = null;
  }
}

/** A conversation that cannot be cancelled is over already. */
const ignore = (): void => undefined;
