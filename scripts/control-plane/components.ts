/**
 * How each component is started: its command line as a pure function of paths and ports. Everything listens on
 * 127.0.0.1 only. Nothing is tuned that a reader of the API could notice, except for speed: leader election is off,
 * and etcd does not wait for the disk, since its data ends with the process.
 */
import { join } from 'node:path'
import type { Credentials } from './credentials.ts'

export interface Ports {
  readonly apiServer: number
  readonly etcdClient: number
  readonly etcdPeer: number
  readonly kubelet: number
}

export interface Plan {
  readonly directory: string
  readonly credentials: Credentials
  readonly ports: Ports
  /** Path of kwok's configuration. */
  readonly kwokConfig: string
}

export const SERVICE_CIDR = '10.96.0.0/16'
export const POD_CIDR = '10.244.0.0/16'
/** The kubelet's own default; kwok renews at a quarter of it, well inside the 50 s after which a node is NotReady. */
const NODE_LEASE_SECONDS = 40
/** client-go throttles to 20 requests a second by default, which is what a start would otherwise wait for. */
const CLIENT_LIMITS = ['--kube-api-qps=200', '--kube-api-burst=400']

const etcdUrl = (port: number) => `https://127.0.0.1:${port}`

export const etcdArgs = ({ directory, credentials, ports }: Plan): string[] => [
  '--name=bulkhead',
  `--data-dir=${join(directory, 'etcd')}`,
  `--listen-client-urls=${etcdUrl(ports.etcdClient)}`,
  `--advertise-client-urls=${etcdUrl(ports.etcdClient)}`,
  `--cert-file=${credentials.etcd.certificate}`,
  `--key-file=${credentials.etcd.key}`,
  `--trusted-ca-file=${credentials.certificateAuthorityFile}`,
  '--client-cert-auth',
  `--listen-peer-urls=${etcdUrl(ports.etcdPeer)}`,
  `--initial-advertise-peer-urls=${etcdUrl(ports.etcdPeer)}`,
  `--initial-cluster=bulkhead=${etcdUrl(ports.etcdPeer)}`,
  `--peer-cert-file=${credentials.etcd.certificate}`,
  `--peer-key-file=${credentials.etcd.key}`,
  `--peer-trusted-ca-file=${credentials.certificateAuthorityFile}`,
  '--peer-client-cert-auth',
  '--unsafe-no-fsync',
  '--log-level=warn',
]

export const apiServerArgs = ({ credentials, ports }: Plan): string[] => [
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${ports.apiServer}`,
  // The `kubernetes` Service may not have a loopback endpoint; without a reconciler nobody tries.
  '--endpoint-reconciler-type=none',
  `--etcd-servers=${etcdUrl(ports.etcdClient)}`,
  `--etcd-cafile=${credentials.certificateAuthorityFile}`,
  `--etcd-certfile=${credentials.etcd.certificate}`,
  `--etcd-keyfile=${credentials.etcd.key}`,
  `--tls-cert-file=${credentials.apiServer.certificate}`,
  `--tls-private-key-file=${credentials.apiServer.key}`,
  `--client-ca-file=${credentials.certificateAuthorityFile}`,
  `--kubelet-certificate-authority=${credentials.certificateAuthorityFile}`,
  `--kubelet-client-certificate=${credentials.kubeletClient.certificate}`,
  `--kubelet-client-key=${credentials.kubeletClient.key}`,
  '--kubelet-preferred-address-types=InternalIP',
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  `--service-account-key-file=${credentials.serviceAccount.publicKey}`,
  `--service-account-signing-key-file=${credentials.serviceAccount.privateKey}`,
  `--service-cluster-ip-range=${SERVICE_CIDR}`,
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--allow-privileged=true',
  '--profiling=false',
]

export const controllerManagerArgs = ({ credentials }: Plan): string[] => [
  `--kubeconfig=${credentials.kubeconfigs['kube-controller-manager']}`,
  '--secure-port=0',
  '--leader-elect=false',
  '--use-service-account-credentials=true',
  `--root-ca-file=${credentials.certificateAuthorityFile}`,
  `--service-account-private-key-file=${credentials.serviceAccount.privateKey}`,
  `--cluster-signing-cert-file=${credentials.certificateAuthorityFile}`,
  `--cluster-signing-key-file=${credentials.certificateAuthorityKeyFile}`,
  '--profiling=false',
  ...CLIENT_LIMITS,
]

export const schedulerArgs = ({ credentials }: Plan): string[] => [
  `--kubeconfig=${credentials.kubeconfigs['kube-scheduler']}`,
  '--secure-port=0',
  '--leader-elect=false',
  '--profiling=false',
  ...CLIENT_LIMITS,
]

/** kwok asks its callers for no certificate; its port is open to this machine, and serves nothing but the played logs. */
export const kwokArgs = ({ credentials, ports, kwokConfig }: Plan): string[] => [
  `--config=${kwokConfig}`,
  `--kubeconfig=${credentials.kubeconfigs.kwok}`,
  '--manage-all-nodes=true',
  `--cidr=${POD_CIDR}`,
  '--node-ip=127.0.0.1',
  `--node-port=${ports.kubelet}`,
  `--node-lease-duration-seconds=${NODE_LEASE_SECONDS}`,
  `--server-address=127.0.0.1:${ports.kubelet}`,
  `--tls-cert-file=${credentials.kubelet.certificate}`,
  `--tls-private-key-file=${credentials.kubelet.key}`,
]
