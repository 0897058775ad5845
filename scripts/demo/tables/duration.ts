/** Ages as kubectl and the API server print them: two or three significant figures, never more. */
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY_HOURS = 24
const YEAR_DAYS = 365

const two = (major: number, majorUnit: string, minor: number, minorUnit: string): string =>
  minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`

/** @param elapsed milliseconds */
export const humanDuration = (elapsed: number): string => {
  const seconds = Math.trunc(elapsed / SECOND)
  if (seconds < -1) return '<invalid>'
  if (seconds <= 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(elapsed / MINUTE)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(elapsed / HOUR)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / DAY_HOURS)
  if (days < 8) return two(days, 'd', hours % DAY_HOURS, 'h')
  if (days < 2 * YEAR_DAYS) return `${days}d`
  const years = Math.trunc(days / YEAR_DAYS)
  return years < 8 ? two(years, 'y', days % YEAR_DAYS, 'd') : `${years}y`
}

/** How long ago an RFC 3339 time was; `<unknown>` when there is none. */
export const since = (time: string, now: Date): string =>
  time === '' ? '<unknown>' : humanDuration(now.getTime() - Date.parse(time))
