import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Account, Error, Prompt, ServiceInfo, SignInBegun, SignInStep } from '../ipc/bindings';
import { SignIn, WAIT_MILLISECONDS, type SignInCalls } from './sign-in.svelte';

const service: ServiceInfo = {
  id: 'somewhere',
  name: 'Somewhere',
  reads: ['activity', 'body', 'blood_pressure'],
  writes: [],
  newest_only: [],
  replaces: [],
  accepts: [],
  sign_in: [
    { id: 'window', name: 'In a window', needs_window: true },
    { id: 'password', name: 'With a password', needs_window: false },
  ],
  notice: { is_official: false, terms: 'u', limits: 'm', password: 'p', revoke: 'r' },
  home: 'https://somewhere.example',
  min_interval_minutes: 30,
  current_only: [],
  keep_raw: true,
  keep_days: null,
  removes_on_sign_out: false,
};
const account: Account = {
  id: 'somewhere',
  service: 'somewhere',
  service_name: 'Somewhere',
  display_name: 'Maria K.',
  domain: null,
  reads: service.reads,
  writes: [],
  state: { state: 'connected' },
};
const ask = (prompt: Prompt): SignInStep => ({ step: 'ask', prompt });
const done: SignInStep = { step: 'done', account };
const password: Prompt = { prompt: 'password', help: '' };
const code = (wrong: boolean): Prompt => ({ prompt: 'code', sent_to: 'm•••@mail.example', wrong });
const page: Prompt = { prompt: 'window', url: 'https://somewhere.example/sign-in', watch_for: [] };
const refused: Error = { kind: 'sign_in_required', message: 'the password is wrong' };
const typed = { reply: 'password', username: 'maria', password: 'hunter2' } as const;

/** An answer that the test gives when it likes. */
function later<T>(): { promise: Promise<T>; answer: (value: T) => void; refuse: (error: Error) => void } {
  let answer!: (value: T) => void;
  let refuse!: (error: Error) => void;
  const promise = new Promise<T>((resolve, reject) => {
    answer = resolve;
    refuse = reject;
  });
  return { promise, answer, refuse };
}

const calls = {
  beginSignIn: vi.fn<SignInCalls['beginSignIn']>(),
  replySignIn: vi.fn<SignInCalls['replySignIn']>(),
  signInWait: vi.fn<SignInCalls['signInWait']>(),
  cancelSignIn: vi.fn<SignInCalls['cancelSignIn']>(),
  remindMe: vi.fn<SignInCalls['remindMe']>(),
};
let conversation = 0;
let signIn: SignIn;
const begins = (prompt: Prompt): void => {
  calls.beginSignIn.mockImplementation(() => Promise.resolve({ id: ++conversation, step: ask(prompt) }));
};

beforeEach(() => {
  vi.useFakeTimers();
  conversation = 0;
  for (const call of Object.values(calls)) call.mockReset();
  calls.cancelSignIn.mockResolvedValue(null);
  calls.remindMe.mockResolvedValue(null);
  signIn = new SignIn(calls);
});
afterEach(() => vi.useRealTimers());

describe('beginning', () => {
  it('tells what is unofficial before anything is asked', () => {
    signIn.open({ service, told: false });
    expect(signIn.stage).toEqual({ stage: 'start' });
    expect(calls.beginSignIn).not.toHaveBeenCalled();
  });

  it('goes on at once by the recommended way where that was told before', async () => {
    begins(password);
    signIn.open({ service, told: true, domain: 'garmin.cn' });
    await vi.waitFor(() => expect(signIn.stage.stage).toBe('ask'));
    expect(calls.beginSignIn).toHaveBeenCalledExactlyOnceWith('somewhere', 'window', 'garmin.cn');
  });
});

describe('texts to paste', () => {
  const token: Prompt = { prompt: 'paste', help: 'the token' };
  const name: Prompt = { prompt: 'paste', help: 'a name' };
  const text = { reply: 'text', text: 'pasted' } as const;
  beforeEach(async () => {
    begins(token);
    signIn.open({ service, told: false });
    await signIn.choose('window');
    calls.replySignIn.mockResolvedValueOnce(ask(name));
  });

  it('are counted, so that each has its own words', async () => {
    expect(signIn.pastes).toBe(1);
    await signIn.reply(text);
    expect(signIn.pastes).toBe(2);
    await signIn.again();
    expect(signIn.pastes).toBe(1);
  });

  it('are counted anew behind a question that is asked again', async () => {
    calls.replySignIn.mockReset();
    calls.replySignIn.mockRejectedValueOnce(refused).mockResolvedValueOnce(ask(name));
    await signIn.reply(text);
    expect(signIn.stage).toMatchObject({ stage: 'ask', question: token, problem: refused });
    await signIn.reply(text);
    expect(signIn.stage).toMatchObject({ stage: 'ask', question: name, problem: null });
    expect(signIn.pastes).toBe(2);
  });

  it('are never given to the question of another one', async () => {
    await signIn.reply(text);
    calls.replySignIn.mockRejectedValueOnce(refused);
    await signIn.reply(text);
    expect(signIn.stage).toEqual({ stage: 'failed', error: refused });
    expect(calls.beginSignIn).toHaveBeenCalledOnce();
  });
});

describe('password and code', () => {
  beforeEach(async () => {
    begins(password);
    signIn.open({ service, told: false });
    await signIn.choose('password');
  });

  it('asks for the code again after a wrong one, in the same conversation', async () => {
    calls.replySignIn
      .mockResolvedValueOnce(ask(code(false)))
      .mockResolvedValueOnce(ask(code(true)))
      .mockResolvedValueOnce(done);
    await signIn.reply(typed);
    await signIn.reply({ reply: 'code', code: '111111' });
    expect(signIn.stage).toMatchObject({ stage: 'ask', busy: false, question: { prompt: 'code', wrong: true } });
    await signIn.reply({ reply: 'code', code: '123456' });
    expect(signIn.stage).toMatchObject({ stage: 'done', account: { display_name: 'Maria K.' } });
    expect(calls.beginSignIn).toHaveBeenCalledOnce();
    expect(calls.replySignIn.mock.calls.map(([id]) => id)).toEqual([1, 1, 1]);
  });

  it('keeps the question after a wrong password and begins a new conversation with the next answer', async () => {
    calls.replySignIn.mockRejectedValueOnce(refused).mockResolvedValueOnce(done);
    await signIn.reply(typed);
    expect(signIn.stage).toMatchObject({ stage: 'ask', busy: false, problem: refused, question: password });
    expect(calls.beginSignIn).toHaveBeenCalledOnce();
    await signIn.reply({ ...typed, password: 'better' });
    expect(calls.beginSignIn).toHaveBeenCalledTimes(2);
    expect(calls.replySignIn).toHaveBeenLastCalledWith(2, { ...typed, password: 'better' });
    expect(signIn.stage.stage).toBe('done');
  });

  it('keeps nothing of what was typed', async () => {
    calls.replySignIn.mockRejectedValueOnce(refused);
    await signIn.reply(typed);
    expect(JSON.stringify([signIn.stage, signIn.aim, signIn.method])).not.toContain('hunter2');
  });

  it('starts over after too many wrong codes', async () => {
    calls.replySignIn.mockResolvedValueOnce(ask(code(false))).mockRejectedValueOnce(refused);
    await signIn.reply(typed);
    await signIn.reply({ reply: 'code', code: '111111' });
    expect(signIn.stage).toEqual({ stage: 'failed', error: refused });
    await signIn.again();
    expect(signIn.stage).toMatchObject({ stage: 'ask', question: password, problem: null });
  });

  it('takes one answer at a time', async () => {
    const slow = later<SignInStep>();
    calls.replySignIn.mockReturnValueOnce(slow.promise);
    const first = signIn.reply(typed);
    await signIn.reply(typed);
    slow.answer(ask(code(false)));
    await first;
    expect(calls.replySignIn).toHaveBeenCalledOnce();
  });

  it('rests until the time that the service says, reminds, and never tries by itself', async () => {
    const until = '2026-11-21T18:40:00Z';
    calls.replySignIn.mockRejectedValueOnce({ kind: 'login_cool_down', until, message: '' });
    await signIn.reply(typed);
    expect(signIn.stage).toEqual({ stage: 'cool_down', until, reminded: false });
    await signIn.remind();
    expect(calls.remindMe).toHaveBeenCalledExactlyOnceWith('somewhere', until);
    expect(signIn.stage).toEqual({ stage: 'cool_down', until, reminded: true });
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(calls.beginSignIn).toHaveBeenCalledOnce();
  });

  it('says where consent is asked for', async () => {
    const link = 'https://somewhere.example/consent';
    calls.replySignIn.mockRejectedValueOnce({ kind: 'consent_required', link, message: '' });
    await signIn.reply(typed);
    expect(signIn.stage).toEqual({ stage: 'consent', link });
  });

  it('ignores an answer that comes after it was cancelled', async () => {
    const slow = later<SignInStep>();
    calls.replySignIn.mockReturnValueOnce(slow.promise);
    const reply = signIn.reply(typed);
    signIn.close();
    expect(calls.cancelSignIn).toHaveBeenCalledExactlyOnceWith(1);
    slow.answer(done);
    await reply;
    expect(signIn.isOpen).toBe(false);
    expect(signIn.stage.stage).not.toBe('done');
  });

  it('ignores a refusal that belongs to the sign-in before', async () => {
    const slow = later<SignInStep>();
    calls.replySignIn.mockReturnValueOnce(slow.promise);
    const reply = signIn.reply(typed);
    await signIn.again();
    slow.refuse(refused);
    await reply;
    expect(signIn.stage).toMatchObject({ stage: 'ask', busy: false, problem: null });
  });
});

describe('waiting for a page elsewhere', () => {
  let slow: ReturnType<typeof later<SignInStep>>;

  beforeEach(async () => {
    slow = later();
    calls.signInWait.mockReturnValue(slow.promise);
    begins(page);
    signIn.open({ service, told: false });
    await signIn.choose('window');
  });

  it('is done when the page is', async () => {
    expect(signIn.stage).toEqual({ stage: 'wait', elsewhere: page });
    slow.answer(done);
    await vi.waitFor(() => expect(signIn.stage.stage).toBe('done'));
    await vi.advanceTimersByTimeAsync(WAIT_MILLISECONDS);
    expect(signIn.stage.stage).toBe('done');
  });

  it('cancels, and a page that is finished too late changes nothing', async () => {
    signIn.close();
    expect(calls.cancelSignIn).toHaveBeenCalledExactlyOnceWith(1);
    slow.answer(done);
    await vi.advanceTimersByTimeAsync(WAIT_MILLISECONDS);
    expect(signIn.isOpen).toBe(false);
    expect(signIn.stage.stage).toBe('wait');
  });

  it('says that the window was closed', async () => {
    slow.refuse({ kind: 'cancelled', message: '' });
    await vi.waitFor(() => expect(signIn.stage).toEqual({ stage: 'stopped', why: 'closed' }));
  });

  it('stops waiting after ten minutes', async () => {
    await vi.advanceTimersByTimeAsync(WAIT_MILLISECONDS - 1);
    expect(signIn.stage.stage).toBe('wait');
    await vi.advanceTimersByTimeAsync(1);
    expect(signIn.stage).toEqual({ stage: 'stopped', why: 'too_long' });
    expect(calls.cancelSignIn).toHaveBeenCalledExactlyOnceWith(1);
  });
});

it('gives back a conversation that began after it was cancelled', async () => {
  const slow = later<SignInBegun>();
  calls.beginSignIn.mockReturnValueOnce(slow.promise);
  signIn.open({ service, told: true });
  signIn.close();
  slow.answer({ id: 7, step: ask(password) });
  await vi.waitFor(() => expect(calls.cancelSignIn).toHaveBeenCalledExactlyOnceWith(7));
  expect(signIn.isOpen).toBe(false);
});

it('hands over the account and the kinds that were chosen when it closes', async () => {
  calls.beginSignIn.mockResolvedValueOnce({ id: 1, step: done });
  const then = vi.fn();
  signIn.open({ service, told: true, choosable: (account) => account.reads, then });
  await vi.waitFor(() => expect(signIn.stage).toEqual({ stage: 'done', account, choice: ['activity', 'body'] }));
  signIn.choice(['body']);
  signIn.close();
  expect(then).toHaveBeenCalledExactlyOnceWith(account, ['body']);
});
