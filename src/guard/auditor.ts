/**
 * Keeps the ledgers' checkpoints: when one is due, what follows it (export, retention), and who is told where a ledger is
 * broken. It runs as jobs, one queue a ledger, never on the way of a call; the first record that a process writes to a
 * ledger begins it, and from then on the job comes back by itself.
 */
import type { AuditState, Checkpoint, LedgerFault } from '../checkpoints.ts'
import { type Config, durationMs } from '../config.ts'
import type { Job, JobResult } from '../jobs.ts'
import { GATEWAY_LEDGER, type Ledger, MAX_LEDGER_PAGE, type Millis, type Ports } from '../ports.ts'
import { originOf, type Signer } from './checkpoint.ts'
import { BROKEN_RECORDS, exportLedger } from './evidence.ts'
import type { Teller } from './notify.ts'
import { type Looked, lookThrough } from './tree.ts'

/** However rarely a ledger is signed: looked at this often, so that a changed configuration and a fault are seen. */
const LOOK_AT_LEAST_EVERY_MS: Millis = 3_600_000

export type AuditJob = Extract<Job, { kind: 'checkpoint' | 'export' }>
export const isAuditJob = (job: Job): job is AuditJob => job.kind === 'checkpoint' || job.kind === 'export'

const queueOf = (ledger: string): string => `audit-${ledger}`

/** Begins a ledger's audit when something was written to it; once for each process and ledger. */
export const beginAudits = (ports: Ports): Ports => {
  const begun = new Set<string>()
  const begin = async (ledger: string): Promise<void> => {
    try {
      await ports.jobs.enqueue(queueOf(ledger), 'checkpoint', { kind: 'checkpoint', ledger })
    } catch (error) {
      begun.delete(ledger)
      throw error
    }
  }
  const wrote = (name: string): void => {
    if (begun.has(name)) return
    begun.add(name)
    ports.background.run(begin(name))
  }
  const ledger = (name: string): Ledger => {
    const it = ports.ledgers.ledger(name)
    const then = <T>(answer: T): T => {
      wrote(name)
      return answer
    }
    return {
      admit: async (request) => then(await it.admit(request)),
      append: async (request) => then(await it.append(request)),
      read: (after, limit) => it.read(after, limit),
      status: () => it.status(),
    }
  }
  return { ...ports, ledgers: { ledger } }
}

export interface AuditorParts {
  readonly ports: Ports
  readonly config: Pick<Config, 'publicUrl' | 'clusters' | 'audit'>
  readonly signer: Signer
  readonly teller: Pick<Teller, 'ledgerBroken'>
}

export const createAuditor = ({ ports, config, signer, teller }: AuditorParts) => {
  const { audit, publicUrl } = config
  const every = durationMs(audit.checkpointEvery)
  const keep = audit.keep === undefined ? undefined : durationMs(audit.keep)
  const names = [GATEWAY_LEDGER, ...Object.keys(config.clusters)]

  const noteBroken = async (
    name: string,
    before: LedgerFault | undefined,
    { reason, seq }: Pick<LedgerFault, 'reason' | 'seq'>,
  ): Promise<void> => {
    ports.log({ event: 'ledger_broken', ledger: name, record: seq, reason })
    // The first place is where to look: what a ledger that goes on is broken at later follows from it.
    if (before !== undefined && before.seq <= seq) return
    const fault = { reason, seq, since: ports.clock.now() }
    // Told first: where that fails it is not noted, and so told at the next look.
    await teller.ledgerBroken(name, fault)
    await ports.checkpoints(name).mark({ fault })
  }

  const noteLook = async (name: string, before: LedgerFault | undefined, looked: Looked): Promise<void> => {
    if (looked.found === 'fault') await noteBroken(name, before, looked)
    else if (looked.found === 'signed' && before !== undefined) await ports.checkpoints(name).mark({ fault: null })
  }

  /** Of the records below the newest checkpoint a look sees none: the export, still before them, finds them whole again. */
  const isExports = ({ fault, exported = 0 }: AuditState): boolean =>
    audit.export !== undefined && fault?.reason === BROKEN_RECORDS && exported < fault.seq

  /** Deletes what is older than `audit.keep`, as far as it is signed and, where it is exported, acknowledged. */
  const retain = async (name: string, state: AuditState, newest: Checkpoint, signal: AbortSignal): Promise<void> => {
    if (keep === undefined) return
    const oldest = new Date(Math.max(0, ports.clock.now() - keep)).toISOString()
    const limit = audit.export === undefined ? newest.size : Math.min(newest.size, state.exported ?? 0)
    for (let { first } = state; first <= limit && !signal.aborted; ) {
      const { records } = await ports.ledgers.ledger(name).read(first - 1, MAX_LEDGER_PAGE)
      const over = records.findLast((record) => record.seq <= limit && record.time < oldest)
      if (over === undefined) return
      await ports.checkpoints(name).mark({ pruned: over.seq })
      const next = await ports.checkpoints(name).prune(over.seq)
      if (next === first) return
      first = next
    }
  }

  const check = async (name: string, signal: AbortSignal): Promise<JobResult> => {
    const ledger = ports.ledgers.ledger(name)
    const status = await ledger.status()
    const { checkpoint, fault } = status.audit
    const wait = checkpoint === undefined ? 0 : checkpoint.time + every - ports.clock.now()
    let newest = checkpoint
    let isBroken = fault !== undefined
    if (wait <= 0 && !isExports(status.audit)) {
      const parts = { ledger, checkpoints: ports.checkpoints(name), name, origin: originOf(publicUrl, name), signer }
      const looked = await lookThrough({ ...parts, clock: ports.clock }, status, signal)
      if (looked.found === 'more') return { done: false, afterMs: 1 }
      await noteLook(name, fault, looked)
      isBroken ||= looked.found === 'fault'
      if (looked.found === 'signed') newest = looked.checkpoint
    }
    if (newest !== undefined) {
      if (audit.export !== undefined && (status.audit.exported ?? 0) < newest.size)
        await ports.jobs.enqueue(queueOf(name), 'export', { kind: 'export', ledger: name })
      // What is left of a ledger that is broken is what tells how: nothing is deleted until a later look finds it whole.
      if (!isBroken) await retain(name, status.audit, newest, signal)
    }
    return { done: false, afterMs: Math.min(LOOK_AT_LEAST_EVERY_MS, wait <= 0 ? every : wait) }
  }

  return {
    /** One attempt. A ledger that is no longer configured is nobody's. */
    async run({ kind, ledger: name }: AuditJob, attempt: number, signal: AbortSignal): Promise<JobResult> {
      if (!names.includes(name)) return { done: true }
      if (kind === 'checkpoint') return check(name, signal)
      const { export: target } = audit
      if (target === undefined) return { done: true }
      /** A fault that stands already is not taken over: it was told, and the look that found it takes it back. */
      const broken = async ({ fault }: AuditState, seq: number): Promise<void> => {
        if (fault === undefined || fault.reason === BROKEN_RECORDS)
          await noteBroken(name, fault, { reason: BROKEN_RECORDS, seq })
      }
      return exportLedger({ ports, target, name, broken }, attempt, signal)
    },
  }
}
