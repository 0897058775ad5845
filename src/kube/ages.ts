/**
 * Ages as kubectl prints them: two or three significant figures, coarser the older. The thresholds are those of
 * `HumanDuration` in k8s.io/apimachinery/pkg/util/duration, so that a table of ours reads like the server's own.
 */

const SECOND = 1000
const DAY_HOURS = 24
const YEAR_DAYS = 365

/** `12` and `h`, and `30` and `m` unless it is zero: `12h30m`, `12h`. */
const pair = (major: number, unit: string, minor: number, minorUnit: string): string =>
  minor === 0 ? `${major}${unit}` : `${major}${unit}${minor}${minorUnit}`

/** `ms`: a duration in milliseconds. Two seconds into the future count as now (clocks differ); more is `<invalid>`. */
export const humanDuration = (ms: number): string => {
  const seconds = Math.trunc(ms / SECOND)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 2 * DAY_HOURS) return `${hours}h`
  const days = Math.trunc(hours / DAY_HOURS)
  if (days < 8) return pair(days, 'd', hours % DAY_HOURS, 'h')
  if (days < 2 * YEAR_DAYS) return `${days}d`
  const years = Math.trunc(days / YEAR_DAYS)
  return days < 8 * YEAR_DAYS ? pair(years, 'y', days % YEAR_DAYS, 'd') : `${years}y`
}

/** `timestamp`: RFC 3339, as the API server writes it. `now`: milliseconds since the epoch. */
export const ageOf = (timestamp: string | undefined, now: number): string => {
  const then = Date.parse(timestamp ?? '')
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then)
}
