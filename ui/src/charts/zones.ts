// Time in zones, ready to be drawn as bars.

export type Zone = { zone: number; low: number | null; high: number | null; seconds: number };
export type Bar = Zone & {
  /** Of the longest bar, 0 to 1. */
  length: number;
  /** Of the whole time, 0 to 1. */
  share: number;
  /** How strong its colour is, 0 to 1: the higher the zone, the stronger. */
  strength: number;
};

export function bars(zones: readonly Zone[]): Bar[] {
  const total = zones.reduce((sum, zone) => sum + zone.seconds, 0);
  const longest = zones.reduce((most, zone) => Math.max(most, zone.seconds), 0);
  return zones.map((zone, index) => ({
    ...zone,
    length: longest > 0 ? zone.seconds / longest : 0,
    share: total > 0 ? zone.seconds / total : 0,
    strength: zones.length > 1 ? 0.3 + (0.7 * index) / (zones.length - 1) : 1,
  }));
}
