/** A record of the ledger in one line of words. What it holds in full stands below it. */
import type { LedgerEntry, LedgerRecord } from '../../ports.ts'
import { ownerName, partyName } from './words.tsx'

/** Every kind there is, for the filter: one that is missing does not compile. */
const KINDS: Readonly<Record<LedgerEntry['kind'], true>> = {
  call: true,
  refusal: true,
  outcome: true,
  authentication_failure: true,
  delivery: true,
  credential: true,
  plan: true,
  decision: true,
  intent: true,
  effect: true,
  plan_end: true,
  switch: true,
  watch: true,
  operator: true,
}
export const RECORD_KINDS = Object.keys(KINDS) as readonly LedgerEntry['kind'][]

export const recordWords = (record: LedgerRecord): string => {
  switch (record.kind) {
    case 'call':
      return `${partyName(record.caller)}: ${record.tool}`
    case 'refusal':
      return `${partyName(record.caller)}: ${record.tool}, ${record.code}`
    case 'outcome':
      return `${record.outcome}, ${record.bytes} bytes, ${record.durationMs} ms`
    case 'authentication_failure':
      return `${record.reason}, from ${record.address === '' ? 'an unknown address' : record.address}`
    case 'delivery':
      return `hook ${record.hook}: ${record.outcome}${record.reason === undefined ? '' : ` (${record.reason})`}${record.report === undefined ? '' : `, report ${record.report}`}`
    case 'credential':
      return `${record.verdict}: ${record.findings.length} findings`
    case 'plan':
      return `${partyName(record.caller)}: ${record.tool}, ${record.decision}, plan ${record.plan}`
    case 'decision':
      return `${record.verdict} by ${record.caller === undefined ? 'policy' : partyName(record.caller)}, plan ${record.plan}`
    case 'intent':
      return `${record.operation.operation} ${record.operation.resource} ${record.operation.name ?? ''}, plan ${record.plan}`
    case 'effect':
      return `${record.outcome}${record.reconciled ? ', found out by looking' : ''}, plan ${record.plan}`
    case 'plan_end':
      return `${record.state}, plan ${record.plan}`
    case 'switch':
      return `${record.owner === undefined ? record.scope : ownerName(record.owner)} ${record.on ? 'frozen' : 'released'} by ${record.by}`
    case 'watch':
      return `${partyName(record.caller)} ${record.acted} by ${record.rule}: ${record.what}`
    case 'operator':
      return `${partyName(record.caller)}: ${record.action}`
  }
}
