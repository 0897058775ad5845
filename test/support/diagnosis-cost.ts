/**
 * What a diagnosis costs where there are many pods: requests, how many of them one after the other, time, and what the
 * heap grows by. The app runs in this process, before the demo cluster on real sockets in a thread of its own.
 */
import { Worker } from 'node:worker_threads'
import type { Report } from '../../src/report.ts'
import { runCounted, type TripsCluster } from './trips.ts'

export interface DiagnosisCost {
  readonly pods: number
  readonly requests: number
  readonly sequential: number
  readonly ms: number
  /** MB above where it began, at the most that was seen. */
  readonly heap: number
  readonly report: Report
}

/** A tenth of the shortest diagnosis: its highest point is not missed by much. */
const SAMPLE_MS = 5
const MB = 1_000_000

type Demo = TripsCluster & { stop(): Promise<unknown> }

/** One of `pods` pods in namespace `load` crashes. */
const startLoaded = (pods: number): Promise<Demo> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('loaded-demo.ts', import.meta.url), { workerData: { pods } })
    thread.once('error', reject)
    thread.once('message', (started: TripsCluster) => resolve({ ...started, stop: () => thread.terminate() }))
  })

/** Twice: the second, when discovery and the credential are known, is what counts. */
export const costOfDiagnosis = async (pods: number, namespace: string | undefined): Promise<DiagnosisCost> => {
  const demo = await startLoaded(pods)
  const { call, take, stop } = runCounted(demo, { output: { maxBytes: 1_000_000 } })
  const before = { heap: 0, most: 0 }
  const sample = () => {
    before.most = Math.max(before.most, process.memoryUsage().heapUsed)
  }
  const timer = setInterval(sample, SAMPLE_MS)
  try {
    const args = namespace === undefined ? {} : { namespace }
    await call('diagnose', args)
    take()
    before.heap = process.memoryUsage().heapUsed
    before.most = before.heap
    const began = performance.now()
    const { structured, text } = await call('diagnose', args)
    const ms = performance.now() - began
    sample()
    if (structured === undefined) throw new Error(`No report of the demo: ${text.slice(0, 500)}`)
    return {
      pods,
      ...take(),
      ms,
      heap: (before.most - before.heap) / MB,
      report: structured as unknown as Report,
    }
  } finally {
    clearInterval(timer)
    stop()
    await demo.stop()
  }
}
