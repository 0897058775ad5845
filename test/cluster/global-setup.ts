/**
 * Starts the real control plane once for all tests of a run, with the shop and the accounts in it, and hands it to
 * the tests: `inject('controlPlane')`. Nothing of it is left after the run, however the run ends.
 */
import { readFile } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import type { AdminAccess } from '../../scripts/control-plane/client.ts'
import { startControlPlane } from '../../scripts/control-plane/control-plane.ts'
import { applyManifests, serviceAccountToken } from '../../scripts/control-plane/helpers.ts'
import type { ContainerLog } from '../../scripts/control-plane/kubelet.ts'
import { NAMESPACE as CANARIES } from '../support/canary-objects.ts'
import { CONTAINER, logLines } from '../support/canary-workloads.ts'
import { loadSituations } from '../support/situations/format.ts'
import { namespaceOf } from '../support/situations/planter.ts'
import { shopLogs, shopManifests } from './fixtures/shop.ts'

/** What canaries.test.ts looks for: a kubelet's logs are set before it starts. */
const canaryLog = { namespace: CANARIES, container: CONTAINER, lines: logLines(), previousLines: logLines() }

/** ServiceAccounts of fixtures/accounts.yaml, in the namespace `bulkhead-test`. */
const ACCOUNTS = { namespace: 'bulkhead-test', names: ['admin', 'reader', 'nobody'] } as const

export type AccountName = (typeof ACCOUNTS.names)[number]

export interface ProvidedControlPlane extends AdminAccess {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Such as `v1.36.3`. */
  readonly version: string
  /** The store behind the API server; takes the administrator's certificate. */
  readonly etcd: string
  /** Path of a kubectl of that version. */
  readonly kubectl: string
  /** Bearer tokens, good for an hour. */
  readonly tokens: Readonly<Record<AccountName, string>>
}

declare module 'vitest' {
  interface ProvidedContext {
    controlPlane: ProvidedControlPlane
  }
}

/** What the containers of the situations have written, for the same reason. */
const situationLogs = (): readonly ContainerLog[] =>
  loadSituations().flatMap((situation) =>
    situation.logs.map(({ container, lines, previousLines }) => ({
      namespace: namespaceOf(situation),
      container,
      lines,
      ...(previousLines === undefined ? {} : { previousLines }),
    })),
  )

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane({ logs: [...shopLogs, canaryLog, ...situationLogs()] })
  try {
    await applyManifests(controlPlane, await readFile(new URL('fixtures/accounts.yaml', import.meta.url), 'utf8'))
    await applyManifests(controlPlane, await shopManifests())
    const token = (name: AccountName) => serviceAccountToken(controlPlane, ACCOUNTS.namespace, name)
    const { server, certificateAuthority, adminCertificate, kubeconfig, version, etcd, kubectl } = controlPlane
    project.provide('controlPlane', {
      server,
      certificateAuthority,
      adminCertificate,
      kubeconfig,
      version,
      etcd,
      kubectl,
      tokens: { admin: await token('admin'), reader: await token('reader'), nobody: await token('nobody') },
    })
  } catch (error) {
    await controlPlane.stop()
    throw error
  }
  return () => controlPlane.stop()
}
