// What the window shows: which screen, which entry, and which dialog or panel lies above it.

import type { EntryId, Kind, Place, Route } from '../ipc/bindings';

export type Screen = 'home' | 'activities' | 'body' | 'accounts' | 'history' | 'settings';
/** Sign in to one more account of a service (which will perhaps only be written to), or again to an account that is known. */
export type SignInTarget = { service: string; onlyWritten?: boolean } | { account: string };

/** At most one lies open. A route editor stays open beneath the others. */
export type Dialog =
  | { dialog: 'sign_in'; target: SignInTarget; done: ((account: string, kinds: Kind[]) => void) | undefined }
  | { dialog: 'import'; paths: string[] }
  | { dialog: 'period'; route: string | null }
  | { dialog: 'commands' }
  | { dialog: 'keys' }
  | { dialog: 'closing' }
  | { dialog: 'news' }
  | { dialog: 'forget' };

class View {
  screen = $state<Screen>('home');
  /** The entry that Activities shows at the side. */
  entry = $state.raw<EntryId | null>(null);
  dialog = $state.raw<Dialog | null>(null);
  /** The route being edited: its id, null for a new one, undefined while the editor is closed. */
  route = $state.raw<string | null | undefined>(undefined);
  /** What a new route starts with. */
  draft = $state.raw<Partial<Route>>({});

  /** Goes to a place: a screen, an entry, or a screen with its dialog. */
  go(place: Place): void {
    switch (place.place) {
      case 'entry':
        this.entry = { account: place.account, key: place.key };
        this.show('activities');
        break;
      case 'sign_in':
        this.show('accounts');
        this.signIn({ account: place.account });
        break;
      case 'import':
        this.import(place.paths);
        break;
      default:
        this.show(place.place);
    }
  }

  show(screen: Screen): void {
    this.screen = screen;
    this.route = undefined;
  }

  signIn(target: SignInTarget, done?: (account: string, kinds: Kind[]) => void): void {
    this.dialog = { dialog: 'sign_in', target, done };
  }

  /** Opens the route editor: of a route, or for a new one. */
  editRoute(route: string | null, draft: Partial<Route> = {}): void {
    this.draft = draft;
    this.route = route;
  }

  closeRoute(): void {
    this.route = undefined;
  }

  /** Opens Import with these files; with none it asks for some. */
  import(paths: string[]): void {
    this.dialog = { dialog: 'import', paths };
  }

  close(): void {
    this.dialog = null;
  }
}

export const view = new View();
