// The services and accounts of the demo, as the engine would describe them.

import type { Account, Kind, RouteLine, Route, ServiceInfo } from '../bindings';

export const services: ServiceInfo[] = [
  {
    id: 'garmin',
    name: 'Garmin Connect',
    reads: ['activity', 'body', 'blood_pressure'],
    writes: ['activity', 'body', 'blood_pressure'],
    newest_only: [],
    replaces: ['body', 'blood_pressure'],
    accepts: ['fit', 'tcx', 'gpx'],
    sign_in: [
      { id: 'window', name: "On Garmin's own page, in a window", needs_window: true },
      { id: 'password', name: 'With e-mail address and password', needs_window: false },
      { id: 'paste', name: 'Paste a ticket or link from your browser', needs_window: false },
      { id: 'import', name: 'Take over the sign-in of another program', needs_window: false },
    ],
    notice: {
      is_official: false,
      terms:
        "Garmin offers no way for a private person's program to upload workouts, and its terms of use do not allow programs such as this one; Baton signs in as Garmin's own phone app does, at your own risk.",
      limits:
        'Garmin changes its sign-in now and then, and refuses some networks; signing in or uploading may stop working until Baton is updated.',
      password:
        'Your password goes to Garmin only and is never kept; what is kept is a token, sealed on this computer.',
      revoke: 'To take the permission back, disconnect the account in Baton and change your Garmin password.',
    },
    home: 'https://connect.garmin.com',
    min_interval_minutes: 60,
    current_only: [],
    keep_raw: true,
    keep_days: null,
    removes_on_sign_out: false,
  },
  {
    id: 'peloton',
    name: 'Peloton',
    reads: ['activity'],
    writes: [],
    newest_only: [],
    replaces: [],
    accepts: [],
    sign_in: [
      { id: 'window', name: "On Peloton's own page, in a window", needs_window: true },
      { id: 'password', name: 'With e-mail address and password', needs_window: false },
      { id: 'paste', name: 'Paste a token from your browser', needs_window: false },
    ],
    notice: {
      is_official: false,
      terms:
        "Peloton offers no way for a member's program to read workouts; Baton reads them as Peloton's members site does, at your own risk.",
      limits:
        'Peloton changes its sign-in and its answers now and then; signing in or reading may stop working until Baton is updated.',
      password:
        'Your password goes to Peloton only and is never kept; what is kept is a token, sealed on this computer.',
      revoke: 'To take the permission back, disconnect the account in Baton and change your Peloton password.',
    },
    home: 'https://members.onepeloton.com',
    min_interval_minutes: 30,
    current_only: [],
    keep_raw: true,
    keep_days: null,
    removes_on_sign_out: false,
  },
  {
    id: 'withings',
    name: 'Withings',
    reads: ['body', 'blood_pressure'],
    writes: [],
    newest_only: [],
    replaces: [],
    accepts: [],
    sign_in: [
      { id: 'browser', name: 'In your browser', needs_window: false },
      { id: 'window', name: "On Withings' own page, in a window", needs_window: true },
      { id: 'paste', name: 'Paste the address from your browser', needs_window: false },
      { id: 'demo', name: "As Withings' demo person, to try it", needs_window: false },
      { id: 'import', name: 'Take over the sign-in of withings-sync', needs_window: false },
    ],
    notice: null,
    home: 'https://app.withings.com',
    min_interval_minutes: 30,
    current_only: [],
    keep_raw: true,
    keep_days: null,
    removes_on_sign_out: false,
  },
  {
    id: 'strava',
    name: 'Strava',
    reads: ['activity'],
    writes: ['activity'],
    newest_only: [],
    replaces: [],
    accepts: ['fit', 'tcx', 'gpx'],
    sign_in: [{ id: 'browser', name: 'In your browser, with app keys of your own', needs_window: false }],
    notice: {
      is_official: true,
      terms:
        'What a program reads at Strava it may show to you alone and keep for seven days, and Strava wants it removed when you sign out; Baton sees to both. Nothing is read unless you make a route from Strava, and where that route sends it is your decision.',
      limits:
        'Strava answers only while the owner of the application pays for a subscription, and it counts what is asked: a history of years takes days. Its own export, which `baton import` reads, has neither limit.',
      password:
        'Your password goes to Strava only, in your browser; Baton never sees it. What is kept are the keys of your application and the tokens, sealed on this computer.',
      revoke:
        "To take the permission back, disconnect the account in Baton, or remove it under My Apps in Strava's settings.",
    },
    home: 'https://www.strava.com',
    min_interval_minutes: 15,
    current_only: [],
    keep_raw: true,
    keep_days: 7,
    removes_on_sign_out: true,
  },
  {
    id: 'trainerroad',
    name: 'TrainerRoad',
    reads: [],
    writes: ['body'],
    newest_only: ['body'],
    replaces: [],
    accepts: [],
    sign_in: [{ id: 'password', name: 'With user name and password', needs_window: false }],
    notice: null,
    home: 'https://www.trainerroad.com',
    min_interval_minutes: 60,
    current_only: [],
    keep_raw: true,
    keep_days: null,
    removes_on_sign_out: false,
  },
  {
    id: 'folder',
    name: 'Folder',
    reads: ['activity', 'body', 'blood_pressure'],
    writes: ['activity', 'body', 'blood_pressure'],
    newest_only: [],
    replaces: [],
    accepts: ['fit', 'tcx', 'gpx', 'json'],
    sign_in: [{ id: 'folder', name: 'Choose a folder', needs_window: false }],
    notice: null,
    home: '',
    min_interval_minutes: 1,
    current_only: [],
    keep_raw: true,
    keep_days: null,
    removes_on_sign_out: false,
  },
];

export function service(id: string): ServiceInfo | undefined {
  return services.find((one) => one.id === id);
}

/** A connected account of a service. */
export function account(id: string, of: string, displayName: string): Account {
  const info = service(of);
  return {
    id,
    service: of,
    service_name: info?.name ?? of,
    display_name: displayName,
    domain: null,
    reads: info?.reads ?? [],
    writes: info?.writes ?? [],
    state: { state: 'connected' },
  };
}

export function accounts(): Account[] {
  return [
    account('peloton', 'peloton', 'maria@example.org'),
    account('withings', 'withings', 'Maria K.'),
    account('garmin', 'garmin', 'maria@example.org'),
    account('folder', 'folder', '~/FIT'),
  ];
}

export function route(id: string, from: string, to: string, kinds: Kind[]): Route {
  return {
    id,
    from,
    to,
    kinds,
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
    enabled: true,
  };
}

export function routes(checked: string | null): RouteLine[] {
  const line = (of: Route): RouteLine => ({ route: of, checked, waiting: 0, failed: 0 });
  return [
    line(route('peloton-garmin', 'peloton', 'garmin', ['activity'])),
    line(route('withings-garmin', 'withings', 'garmin', ['body', 'blood_pressure'])),
    line(route('peloton-folder', 'peloton', 'folder', ['activity'])),
  ];
}
