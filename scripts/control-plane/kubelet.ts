/**
 * The nodes of the real control plane and what their kubelets answer. kwok plays the kubelets (stages.yaml says how);
 * here are the nodes themselves and the container logs, as files in the CRI's format (time, stream, tag, line).
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type AdminAccess, clusterJson } from './client.ts'

const STAGES = new URL('stages.yaml', import.meta.url)
const NODE_NAMES = ['node-a', 'node-b', 'node-c']
const CONDITIONS = [
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory' },
  { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure' },
  { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID' },
]

/** What one container of a namespace has written. Every other container of the cluster has written nothing. */
export interface ContainerLog {
  readonly namespace: string
  readonly container: string
  /** Oldest first; the last one is written when the control plane starts, each other an hour before the next. */
  readonly lines: readonly string[]
  /** The log of the container before its last restart; without it there is none (400, as from a kubelet). */
  readonly previousLines?: readonly string[]
}

/** Hours, so that a `sinceSeconds` in between gives the same lines however long a test run takes. */
const LINE_SPACING_MS = 3_600_000

const criLines = (lines: readonly string[], now: number) =>
  lines
    .map((line, index) => {
      const time = new Date(now - (lines.length - 1 - index) * LINE_SPACING_MS).toISOString().replace('Z', '000000Z')
      return `${time} stdout F ${line}\n`
    })
    .join('')

const clusterLogs = (name: string, selector: object | undefined, log: object) => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'ClusterLogs',
  metadata: { name },
  spec: { ...(selector ? { selector } : {}), logs: [log] },
})

/** Writes kwok's configuration and the log files into `directory`; gives the configuration's path. */
export const writeKwokConfig = async (
  directory: string,
  logs: readonly ContainerLog[],
  now: number,
): Promise<string> => {
  const saveLog = async (name: string, lines: readonly string[]) => {
    const path = join(directory, name)
    await writeFile(path, criLines(lines, now), { mode: 0o600 })
    return path
  }
  const documents: object[] = []
  for (const [index, { namespace, container, lines, previousLines }] of logs.entries()) {
    const name = `container-${index}`
    documents.push(
      clusterLogs(
        name,
        { matchNamespaces: [namespace] },
        {
          containers: [container],
          logsFile: await saveLog(`${name}.txt`, lines),
          ...(previousLines ? { previousLogsFile: await saveLog(`${name}-previous.txt`, previousLines) } : {}),
        },
      ),
    )
  }
  documents.push(clusterLogs('silent', undefined, { logsFile: await saveLog('silent.txt', []) }))
  const path = join(directory, 'kwok.yaml')
  const stages = await readFile(STAGES, 'utf8')
  await writeFile(path, [stages, ...documents.map((document) => stringify(document))].join('---\n'))
  return path
}

const node = (name: string, index: number, version: string, port: number) => {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const resources = { cpu: '4', memory: '16Gi', 'ephemeral-storage': '100Gi', pods: '110' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/zone': `zone-${index + 1}`,
      },
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      capacity: resources,
      allocatable: resources,
      conditions: CONDITIONS.map((each) => ({ ...each, lastHeartbeatTime: now, lastTransitionTime: now })),
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'kwok',
        kernelVersion: 'kwok',
        containerRuntimeVersion: 'kwok://0',
        kubeletVersion: version,
        kubeProxyVersion: version,
        machineID: name,
        systemUUID: name,
        bootID: name,
      },
    },
  }
}

/** Registers the nodes as their kubelets would: with their status, in one request each. */
export const createNodes = async (access: AdminAccess, version: string, kubeletPort: number): Promise<void> => {
  await Promise.all(
    NODE_NAMES.map((name, index) =>
      clusterJson(access, { method: 'POST', path: '/api/v1/nodes', body: node(name, index, version, kubeletPort) }),
    ),
  )
}
