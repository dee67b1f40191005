import { describe, expect, it } from 'vitest';
import type { Account, Kind, RouteLine, ServiceInfo } from '../ipc/bindings';
import { fillSlots, newRoute, pairsOf, routesOf, slotsOf } from './slots';
import { Welcome } from './welcome.svelte';

const service = (id: string, reads: Kind[], writes: Kind[], method = 'password'): ServiceInfo => ({
  id,
  name: id,
  reads,
  writes,
  newest_only: [],
  replaces: [],
  accepts: [],
  sign_in: [{ id: method, name: '', needs_window: false }],
  notice: null,
  home: '',
  min_interval_minutes: 5,
  current_only: [],
  keep_raw: true,
  keep_days: null,
  removes_on_sign_out: false,
});
const all: Kind[] = ['activity', 'body', 'blood_pressure'];
const bike = service('bike', ['activity'], []);
const both = service('both', all, all);
const folder = service('folder', all, all, 'folder');
const account = (id: string, of: ServiceInfo): Account => ({
  id,
  service: of.id,
  service_name: of.name,
  display_name: id,
  domain: null,
  reads: of.reads,
  writes: of.writes,
  state: { state: 'connected' },
});
const line = (from: string, to: string): RouteLine => ({
  route: { ...newRoute(from, to), id: `${from}-${to}`, title: '{title}!', kinds: ['activity'] },
  checked: null,
  waiting: 0,
  failed: 0,
});

describe('slots', () => {
  it('are one for a service that is read and written, and two for a place', () => {
    const slots = slotsOf([folder, both, bike], ['folder', 'both', 'bike'], ['folder', 'both']);
    expect(slots.map(({ id }) => id)).toEqual(['folder/from', 'both', 'bike/from', 'folder/to']);
  });

  it('are filled by what was connected there, each account once', () => {
    const slots = slotsOf([folder], ['folder'], ['folder']);
    const accounts = [account('a', folder), account('b', folder)];
    const ids = (filled: Record<string, Account>) => Object.entries(filled).map(([slot, { id }]) => [slot, id]);
    expect(ids(fillSlots(slots, accounts, { 'folder/to': 'a' }))).toEqual([
      ['folder/to', 'a'],
      ['folder/from', 'b'],
    ]);
    expect(ids(fillSlots(slots, accounts.slice(0, 1), { 'folder/to': 'a' }))).toEqual([['folder/to', 'a']]);
  });

  it('remember by the routes which account plays which part', () => {
    const slots = slotsOf([folder], ['folder'], ['folder']);
    const filled = fillSlots(slots, [account('a', folder), account('b', folder)], {}, [line('b', 'a')]);
    expect(filled['folder/from']?.id).toBe('b');
    expect(filled['folder/to']?.id).toBe('a');
  });
});

describe('routes', () => {
  const source = account('source', both);
  const bicycle = account('bicycle', bike);
  const there = account('there', folder);

  it('go from every source to every destination but itself, turned off', () => {
    const routes = routesOf([source, bicycle], [there, source], {}, []);
    expect(routes.map(({ from, to, kinds, enabled }) => [from, to, kinds, enabled])).toEqual([
      ['source', 'there', ['activity', 'body'], false],
      ['bicycle', 'there', ['activity'], false],
      ['bicycle', 'source', ['activity'], false],
    ]);
  });

  it('carry the chosen kinds, and none that the other end does not take', () => {
    expect(routesOf([source], [there], { source: ['blood_pressure'] }, [])[0]?.kinds).toEqual(['blood_pressure']);
    expect(routesOf([source], [account('bike', bike)], {}, [])).toEqual([]);
  });

  it('keep what was set before', () => {
    const before = line('source', 'there');
    expect(routesOf([source], [there], {}, [before])).toEqual([before.route]);
    expect(routesOf([source], [there], { source: ['body'] }, [before])[0]).toMatchObject({
      id: 'source-there',
      title: '{title}!',
      kinds: ['body'],
    });
  });
});

describe('the steps', () => {
  it('leave out what another destination passes on', () => {
    const welcome = new Welcome();
    welcome.toggle('to', 'watch');
    welcome.toggle('to', 'social');
    expect(pairsOf(welcome.to)).toEqual([
      ['watch', 'social'],
      ['social', 'watch'],
    ]);
    welcome.answer('watch.social', true);
    expect(welcome.destinations).toEqual(['watch']);
    welcome.toggle('to', 'watch');
    expect(welcome.destinations).toEqual(['social']);
  });

  it('go back from everywhere and never beyond the ends', () => {
    const welcome = new Welcome();
    welcome.back();
    expect(welcome.step).toBe(1);
    for (let n = 0; n < 5; n++) welcome.next();
    expect(welcome.step).toBe(4);
    welcome.back();
    expect(welcome.step).toBe(3);
  });
});
