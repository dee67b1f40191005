// Sign-in conversations: a password that is wrong when it says "wrong", the code 123456, a cool-down, a window, a browser.

import type { Account, Error, Prompt, SignInBegun, SignInReply, SignInStep } from '../bindings';
import { account, service } from './services';

type Talk = { service: string; method: string; prompt: Prompt; name: string };

export const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export class SignIns {
  #talks = new Map<number, Talk>();
  #next = 1;
  #waiting = new Map<number, (error: Error) => void>();

  /** `keep` gets the account that came of it. */
  constructor(
    private readonly offline: () => boolean,
    private readonly keep: (account: Account) => Account,
  ) {}

  async begin(of: string, method: string | null): Promise<SignInBegun> {
    await wait(350);
    if (this.offline()) throw refusal({ kind: 'offline' }, 'There is no way to the internet');
    const info = service(of);
    const chosen = method ?? info?.sign_in[0]?.id ?? 'password';
    const prompt = firstPrompt(of, chosen);
    const id = this.#next++;
    this.#talks.set(id, { service: of, method: chosen, prompt, name: 'maria@example.org' });
    return { id, step: { step: 'ask', prompt } };
  }

  async reply(id: number, reply: SignInReply): Promise<SignInStep> {
    await wait(900);
    const talk = this.#talks.get(id);
    if (talk === undefined) throw refusal({ kind: 'bad_input' }, 'This sign-in is over');
    switch (reply.reply) {
      case 'password':
        if (reply.username.startsWith('cool'))
          throw refusal(
            { kind: 'login_cool_down', until: new Date(Date.now() + 3 * 3_600_000).toISOString() },
            'The service refuses sign-ins for this account for a while',
          );
        if (reply.username.startsWith('offline')) throw refusal({ kind: 'offline' }, 'There is no way to the internet');
        if (reply.password === 'wrong')
          throw refusal({ kind: 'sign_in_required' }, 'The e-mail address or the password is wrong');
        talk.name = reply.username;
        if (talk.service === 'garmin')
          return this.#ask(talk, { prompt: 'code', sent_to: 'm•••@example.org', wrong: false });
        return this.#done(id, talk);
      case 'code':
        if (reply.code !== '123456')
          return this.#ask(talk, { prompt: 'code', sent_to: 'm•••@example.org', wrong: true });
        return this.#done(id, talk);
      case 'app_keys':
        return this.#ask(talk, afterKeys(talk));
      case 'folder':
        talk.name = reply.path;
        return this.#done(id, talk);
      case 'text':
        if (reply.text.trim().length < 4) throw refusal({ kind: 'bad_input' }, 'That is no ticket and no link to one');
        return this.#done(id, talk);
    }
  }

  async waitForBrowser(id: number): Promise<SignInStep> {
    const talk = this.#talks.get(id);
    if (talk === undefined) throw refusal({ kind: 'bad_input' }, 'This sign-in is over');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, 4000);
      this.#waiting.set(id, (error) => {
        clearTimeout(timer);
        // Commands reject with the engine's own plain objects.
        reject(error);
      });
    });
    this.#waiting.delete(id);
    return this.#done(id, talk);
  }

  cancel(id: number): void {
    this.#waiting.get(id)?.(refusal({ kind: 'cancelled' }, 'The sign-in was cancelled'));
    this.#waiting.delete(id);
    this.#talks.delete(id);
  }

  #ask(talk: Talk, prompt: Prompt): SignInStep {
    talk.prompt = prompt;
    return { step: 'ask', prompt };
  }

  #done(id: number, talk: Talk): SignInStep {
    this.#talks.delete(id);
    return { step: 'done', account: this.keep(account(talk.service, talk.service, talk.name)) };
  }
}

/** Services that give data to people's own applications alone. */
const ownKeys: Record<string, Prompt> = {
  strava: {
    prompt: 'app_keys',
    help_url: 'https://www.strava.com/settings/api',
    redirect_uri: 'localhost',
  },
  withings: {
    prompt: 'app_keys',
    help_url: 'https://developer.withings.com/dashboard/',
    redirect_uri: 'http://localhost:8765/withings',
  },
};

function afterKeys({ service: of, method }: Talk): Prompt {
  const url = `https://account.${of}.example/oauth2?state=8f14e45f`;
  if (method === 'window') return { prompt: 'window', url, watch_for: [] };
  const help = `Open ${url} in any browser and allow the reading. Paste here, within 30 seconds, the address it ends on.`;
  return method === 'paste' ? { prompt: 'paste', help } : { prompt: 'browser', url };
}

function firstPrompt(of: string, method: string): Prompt {
  switch (method) {
    case 'window':
      return ownKeys[of] ?? { prompt: 'window', url: `https://${of}.example/sign-in`, watch_for: [] };
    case 'paste':
      return (
        ownKeys[of] ?? {
          prompt: 'paste',
          help: `Sign in on the page in your browser, then open https://sso.${of}.example/signin?service=baton and paste the address it ends on.`,
        }
      );
    case 'import':
      return { prompt: 'paste', help: 'Paste what the other program keeps, or the path of its file.' };
    case 'folder':
      return { prompt: 'folder', help: 'Files are written here, one for each activity.' };
    case 'browser':
      return ownKeys[of] ?? { prompt: 'browser', url: `https://${of}.example/authorize` };
    default:
      return { prompt: 'password', help: '' };
  }
}

export function refusal(kind: Parameters<typeof Object.assign>[1] & { kind: Error['kind'] }, message: string): Error {
  return { ...kind, message } as Error;
}
