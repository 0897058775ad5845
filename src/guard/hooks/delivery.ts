/**
 * Makes a delivery fit to be kept: its text through guard/output, on one line each and bounded; its place by the labels;
 * its report's id by its group and its own key by what would be the same in a repetition. Ids are keyed hashes, so that
 * nobody who knows a group can guess the address of its report.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Millis } from '../../ports.ts'
import type { AlertFacts, Delivery } from '../../reports.ts'
import { sha256Hex } from '../chain.ts'
import type { Output } from '../output/index.ts'
import { type RawDelivery, severityOf } from './alert.ts'
import { type ClusterRule, placeAlerts } from './scope.ts'

/** 128 bits. */
const ID_LENGTH = 32
/** `HOOK-HEX`, as the page and the resource take it. */
export const REPORT_ID = /^[a-z0-9-]{1,63}-[0-9a-f]{32}$/

const MAX_NAME = 120
/** Two lines on a phone. */
const MAX_SUMMARY = 300
/** Alerts that a report shows; the others are counted. */
export const MAX_ALERTS_SHOWN = 20

export interface Reading {
  readonly hook: string
  readonly rule: ClusterRule
  readonly clusters: readonly string[]
  readonly key: Uint8Array
  readonly output: Pick<Output, 'line'>
  readonly now: Millis
}

export const reportId = (key: Uint8Array, hook: string, group: string): string =>
  `${hook}-${bytesToHex(hmac(sha256, key, utf8ToBytes(JSON.stringify([hook, group])))).slice(0, ID_LENGTH)}`

const cut = (text: string, limit: number): string =>
  text.length <= limit
    ? text
    : `${Array.from(text.slice(0, limit - 1))
        .join('')
        .trimEnd()}…`

/** Undefined: not a time, or one that has not come. */
const pastTime = (text: string, now: Millis): Millis | undefined => {
  const time = Date.parse(text)
  return Number.isFinite(time) && time > 0 && time <= now ? time : undefined
}

export const readDelivery = (raw: RawDelivery, { hook, rule, clusters, key, output, now }: Reading): Delivery => {
  // Cut behind the scan: half a secret has no shape.
  const clean = (text: string, limit: number): string => cut(String(output.line({ text }).text), limit)
  const shown = raw.alerts.slice(0, MAX_ALERTS_SHOWN)
  const { targets, notes } = placeAlerts(raw.alerts, rule, clusters)
  return {
    report: reportId(key, hook, raw.group),
    key: sha256Hex(JSON.stringify(raw.identity)),
    at: now,
    event: pastTime(raw.event, now) ?? now,
    status: raw.status,
    title: clean(raw.title, MAX_NAME) || 'An alert without a name',
    alerts: shown.map((it): AlertFacts => {
      const startsAt = pastTime(it.startsAt, now)
      return {
        name: clean(it.name, MAX_NAME),
        status: it.status,
        severity: severityOf(it.severity),
        ...(startsAt === undefined ? {} : { startsAt: new Date(startsAt).toISOString() }),
        summary: clean(it.summary, MAX_SUMMARY),
      }
    }),
    leftOut: raw.leftOut + raw.alerts.length - shown.length,
    notes,
    targets,
  }
}
