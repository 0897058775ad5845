/** The demo cluster in a thread of its own, so that it does not wait for the one that measures. */
import { parentPort } from 'node:worker_threads'
import { startDemoCluster } from '../demo/server.ts'

const { server, certificateAuthority, tokens } = await startDemoCluster({ extraPods: 500 })
parentPort?.postMessage({ server, certificateAuthority, readToken: tokens.read, changeToken: tokens.change })
